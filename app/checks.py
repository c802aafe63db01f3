"""What a command can check of its arguments before anything is loaded."""

import ipaddress
import socket


class CommandError(Exception):
    """A command cannot do what was asked; the text says what to do next."""


def check_address(host: str, port: int, public: bool) -> None:
    """Refuse an address that `serve` must not or cannot listen on.

    Args:
        public: whether it was asked for to listen beyond this machine.

    Raises:
        CommandError: everyone could chat there unasked, or the port cannot be used.
    """
    if not (_is_loopback(host) or public):
        raise CommandError(
            f"Refusing to listen on {host} without accounts: everyone who can reach it could chat. "
            "Add --public if that is meant (or --kiosk for a booth), or keep to 127.0.0.1."
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:  # OverflowError: there is no port of that number
            reason = getattr(error, "strerror", None) or error
            raise CommandError(
                f"Port {port} on {host} cannot be used ({reason}). Choose another with --port."
            ) from error


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
