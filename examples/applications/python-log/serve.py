"""Logs what it does to a file."""

import logging

LOG = "/var/log/serve.log"

logging.basicConfig(filename=LOG, format="%(levelname)s %(message)s", level=logging.INFO)
logging.info("started")
logging.info("ended")
with open(LOG) as log:
    print(log.read(), end="")
