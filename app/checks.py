"""What a command can check of its arguments before anything is loaded, which takes seconds."""

import argparse
import ipaddress
import socket

from app.progress import console
from recommender.data.tables import check_path


class CommandError(Exception):
    """A command cannot do what was asked; the text says what to do next."""


def check_serve(options: argparse.Namespace) -> None:
    """Refuse an address that `serve` must not or cannot listen on, else say that it starts.

    Raises:
        CommandError: everyone could chat there unasked, or the port cannot be used.
    """
    host, port = options.host, options.port
    if not (_is_loopback(host) or options.kiosk or options.public):
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

    console.print("Starting Palate: loading the catalogue and the models ...")


def check_import(options: argparse.Namespace) -> None:
    """Refuse options that name nothing to import, or no file.

    Raises:
        CommandError: nothing is named.
        ImportFileError: a file that is named is missing, out of reach or empty.
    """
    if not (options.items or options.events or options.phrases):
        raise CommandError("Say what to import: --items FILE, --events FILE, or both.")
    if options.replace and not options.events:
        raise CommandError("--replace makes a file the only interactions: say which, with --events FILE.")
    for path in filter(None, (options.items, options.events, options.phrases)):
        check_path(path)


def check_turns(options: argparse.Namespace) -> None:
    """Refuse a file of turns that is not there.

    Raises:
        ImportFileError: it is missing, out of reach or empty.
    """
    check_path(options.turns)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
