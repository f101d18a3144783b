"""Greets."""

import click

click.echo("hello")
