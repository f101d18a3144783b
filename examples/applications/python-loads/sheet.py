"""Asks the library of XSLT for its version."""

import ctypes

import markupsafe

library = ctypes.CDLL("libxslt.so.1")
print(markupsafe.escape("<xslt>"), ctypes.c_int.in_dll(library, "xsltLibxsltVersion").value > 10000)
