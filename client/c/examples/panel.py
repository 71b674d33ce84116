#!/usr/bin/env python3
"""A product's view of its license, in Python: the C library by ctypes.

    panel.py LIBRARY DIRECTORY LICENSE-FILE USER-ACCOUNTS
"""

import ctypes
import json
import sys
from ctypes import POINTER, byref, c_char_p, c_int64, c_void_p


class Refused(Exception):
    """What the library refused: a stable code for programs, and a text for people."""

    def __init__(self, error):
        super().__init__(error["text"])
        self.code = error["code"]


class Installation:
    """An installation in its directory."""

    def __init__(self, library, directory, language="en"):
        self.library = ctypes.CDLL(library)
        self.library.licentia_string_free.argtypes = [c_void_p]
        self.library.licentia_string_free.restype = None
        self.library.licentia_close.argtypes = [c_void_p]
        self.library.licentia_close.restype = None
        self.handle = c_void_p()
        types = [c_char_p, c_char_p, POINTER(c_void_p)]
        texts = [directory.encode(), language.encode()]
        self._call("licentia_open", types, *texts, byref(self.handle))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.library.licentia_close(self.handle)
        self.handle = c_void_p()

    def accept(self, text):
        return self._call("licentia_accept", [c_void_p, c_char_p], self.handle, text.encode())

    def show(self):
        return self._call("licentia_show", [c_void_p], self.handle)

    def check(self, user_accounts, emergency_accounts=0, external_connections=0):
        used = [user_accounts, emergency_accounts, external_connections]
        return self._call("licentia_check", [c_void_p] + [c_int64] * 3, self.handle, *used)

    def _call(self, name, types, *arguments):
        function = getattr(self.library, name)
        function.argtypes = [*types, POINTER(c_void_p)]
        # Not c_char_p: ctypes would make bytes of it, and nobody could free the answer.
        answer = c_void_p()
        code = function(*arguments, byref(answer))
        try:
            told = json.loads(ctypes.string_at(answer.value).decode())
        finally:
            self.library.licentia_string_free(answer)
        if code != 0:
            raise Refused(told["error"])
        return told


def main():
    library, directory, file, used = sys.argv[1:]
    with Installation(library, directory) as installation:
        with open(file, encoding="utf-8") as text:
            installation.accept(text.read())
        license = installation.show()["license"]
        check = installation.check(int(used))["check"]
    print(f"{license['licensee']['name']}: {license['user_accounts']} user accounts")
    print("one more user account:", "yes" if check["may_add_user_account"] else "no")


if __name__ == "__main__":
    try:
        main()
    except Refused as refused:
        sys.exit(f"{refused} ({refused.code})")
