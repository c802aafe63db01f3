#!/bin/sh
# Installs Debian's chromium for the browser tests where that is possible; says one clear line where it is not.
command -v chromium >/dev/null 2>&1 && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "installing chromium for the browser tests"
    (apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk) >/dev/null 2>&1 \
        && command -v chromium >/dev/null 2>&1 && exit 0
fi
echo "chromium is not here and could not be installed: the browser tests will be skipped (install the package 'chromium' to run them)"
