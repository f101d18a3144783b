"""Asks the service whether it is well."""

import sys
import urllib.request

with urllib.request.urlopen(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000/health") as answer:
    print(answer.status, answer.read().decode())
