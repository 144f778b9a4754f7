"""The application as `manage.py serve` runs it: each worker ends with the web server that started it."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def end_with(parent):
    """Ask the kernel (on Linux) for SIGTERM when `parent`, our parent process, is gone, even if killed outright."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)


def __getattr__(name):
    if name != "application":
        raise AttributeError(name)
    end_with(os.getppid())
    from portal.wsgi import application

    return application
