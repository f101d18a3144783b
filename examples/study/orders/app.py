import flask
import requests

app = flask.Flask(__name__)


@app.get("/")
def rates():
    return requests.get("https://example.org/rates.json", timeout=5).json()


app.run(host="0.0.0.0", port=8000)
