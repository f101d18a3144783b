"""Answers with a greeting, and with what another service says."""

import requests
from flask import Flask

app = Flask(__name__)


@app.get("/")
def greeting():
    return "Hello\n"


@app.get("/status/<path:url>")
def status(url):
    return f"{requests.head(f'https://{url}', timeout=5).status_code}\n"


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=8000)
