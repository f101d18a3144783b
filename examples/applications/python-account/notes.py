"""Takes a note and gives it back. It serves, asks itself, and ends."""

import logging
import os
import threading
import urllib.request

from flask import Flask, request
from werkzeug.serving import make_server

NOTE = "data/note"

app = Flask(__name__)


@app.post("/")
def take():
    with open(NOTE, "wb") as note:
        note.write(request.get_data())
    return {"owner": os.stat(NOTE).st_uid}


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = make_server("127.0.0.1", 0, app)
    threading.Thread(target=server.serve_forever).start()
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/", data=b"milk") as answer:
        print(answer.status, answer.read().decode().strip(), "uid", os.getuid())
    server.shutdown()
