"""Runs dockeropt over a set of Dockerfiles where they lie, with Apache Spark.

    spark-submit spark.py dockerfiles.parquet answers

The set has the columns id, path and text, as Parquet or as JSON lines; the answer is a folder of JSON lines, a line for each row. The program has to be on every
worker: on PATH, or sent along with `--files dockeropt` and named by `--dockeropt ./dockeropt`.
"""

import argparse
import json
import os
import shlex

from pyspark.sql import SparkSession


def main():
    arguments = argparse.ArgumentParser(description="Runs `dockeropt map` over a set of Dockerfiles.")
    arguments.add_argument("input", help="Parquet, or a name that ends in .jsonl or .json")
    arguments.add_argument("output", help="a folder that is not there yet")
    arguments.add_argument("--dockeropt", default="dockeropt", help="the program")
    arguments.add_argument("--partitions", type=int, help="pieces of work; by default as Spark reads them")
    options = arguments.parse_args()

    spark = SparkSession.builder.appName("dockeropt").getOrCreate()
    is_json = options.input.endswith((".jsonl", ".json"))
    # With a schema, nothing is read twice, and no column is taken for something else.
    read = spark.read.schema("id STRING, path STRING, text STRING")
    rows = read.json(options.input) if is_json else read.parquet(options.input)
    if options.partitions:
        rows = rows.repartition(options.partitions)
    lines = rows.rdd.map(lambda row: json.dumps(row.asDict()))
    # Spark gives each partition a core, so each process keeps to one thread. Without `env` there is no PATH; without `checkCode`, a program that fails gives no
    # rows, and nobody notices.
    program = f"{shlex.quote(options.dockeropt)} map --jobs 1 --quiet"
    lines.pipe(program, env=dict(os.environ), checkCode=True).saveAsTextFile(options.output)
    spark.stop()


if __name__ == "__main__":
    main()
