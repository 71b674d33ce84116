"""Runs docs/verify/verify.py for each license, in one process: starting Python takes the most time.

    python3 each.py VERIFY.PY ROOTS [LICENSE THUMBPRINT NOW]...

Prints a line of JSON for each: the exit code, and what was written.
"""

import contextlib
import io
import json
import runpy
import sys

program, roots, *licenses = sys.argv[1:]
for n in range(0, len(licenses), 3):
    sys.argv = [program, roots, *licenses[n : n + 3]]
    out, why = io.StringIO(), None
    with contextlib.redirect_stdout(out):
        try:
            runpy.run_path(program, run_name="__main__")
        except SystemExit as end:
            why = end.code
    code = 1 if why else 0
    print(json.dumps({"code": code, "stdout": out.getvalue(), "stderr": why or ""}))
