"""Says whether it is well. It serves, asks itself, and ends."""

import logging
import threading
import urllib.request

from flask import Flask
from werkzeug.serving import make_server

app = Flask(__name__)


@app.get("/health")
def health():
    return "well"


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = make_server("127.0.0.1", 0, app)
    threading.Thread(target=server.serve_forever).start()
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/health") as answer:
        print(answer.status, answer.read().decode())
    server.shutdown()
