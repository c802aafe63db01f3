"""Names of the array types that several modules pass around."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
