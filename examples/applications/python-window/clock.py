"""Says which Tcl it would draw a clock with."""

import tkinter

print(tkinter.Tcl().eval("expr {6 * 7}"))
