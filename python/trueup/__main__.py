"""``python -m trueup``: the native command of this installation."""

import os
import subprocess
import sys
import sysconfig


def command() -> str:
    """Path of the native command that was installed with this package."""
    name = "trueup" + (".exe" if os.name == "nt" else "")
    folders = [sysconfig.get_path("scripts"), os.path.join(sysconfig.get_config_var("userbase") or "", "bin")]
    for folder in folders:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path
    raise SystemExit("trueup: the native command is not installed; it comes with the wheel")


def main() -> None:
    """Runs the command with the same arguments and ends with its status."""
    if os.name == "nt":
        raise SystemExit(subprocess.run([command(), *sys.argv[1:]]).returncode)
    os.execv(command(), ["trueup", *sys.argv[1:]])


if __name__ == "__main__":
    main()
