"""Make `.venv` and install locked requirements into it: `environment.py FILE…`.

Each file's hash is kept in `.venv`, so that nothing is done when nothing changed. Needs Python alone.
"""

import hashlib
import json
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"


def works():
    """Whether the environment's Python starts, and is new enough."""
    asked = [PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    return PYTHON.exists() and subprocess.run(asked, capture_output=True).returncode == 0


def installed():
    return json.loads(STAMP.read_text()) if STAMP.exists() else {}


def main(names):
    if sys.version_info < (3, 11):
        sys.exit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}. Try: make PYTHON=python3.11 …")
    if not works():
        print("==> Making .venv", flush=True)
        venv.create(VENV, with_pip=True, clear=True)
    wanted = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in names}
    done = installed()
    if wanted.items() <= done.items():
        return
    print(f"==> Installing {' and '.join(names)} (once; a minute or two)", flush=True)
    files = [word for name in names for word in ("-r", str(ROOT / name))]
    quiet = ["-qq", "--disable-pip-version-check", "--no-input"]
    if subprocess.run([PYTHON, "-m", "pip", "install", *quiet, "--require-hashes", *files]).returncode:
        sys.exit("The packages could not be installed; see above.")
    STAMP.write_text(json.dumps(done | wanted, indent=2))


if __name__ == "__main__":
    main(sys.argv[1:])
