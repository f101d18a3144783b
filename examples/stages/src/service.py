"""Serves the page that counts clicks."""

from flask import Flask

app = Flask(__name__, static_folder="public")


@app.get("/")
def page():
    return '<!doctype html><title>0 clicks</title><script src="/public/main.js"></script>'
