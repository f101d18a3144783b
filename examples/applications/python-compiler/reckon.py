"""Compiles an expression, and says what it comes to."""

import ctypes
import subprocess
import tempfile

from jinja2 import Template

CODE = Template("int reckon(void) { return {{ expression }}; }")

with tempfile.TemporaryDirectory() as folder:
    code = CODE.render(expression="6 * 7")
    subprocess.run(["gcc", "-shared", "-o", f"{folder}/it.so", "-x", "c", "-"], input=code.encode(), check=True)
    print(ctypes.CDLL(f"{folder}/it.so").reckon())
