"""Draws a picture of one colour. It serves, asks itself, and ends."""

import io
import logging
import os
import threading
import urllib.request

from flask import Flask, Response
from PIL import Image
from werkzeug.serving import make_server

app = Flask(__name__)


@app.get("/<colour>.png")
def picture(colour):
    image = io.BytesIO()
    Image.new("RGB", (8, 4), colour).save(image, "PNG")
    return Response(image.getvalue(), mimetype="image/png")


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = make_server("127.0.0.1", 0, app)
    threading.Thread(target=server.serve_forever).start()
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/teal.png") as answer:
        image = Image.open(io.BytesIO(answer.read()))
        print(answer.status, answer.headers["Content-Type"], image.size, image.getpixel((0, 0)), "uid", os.getuid())
    server.shutdown()
