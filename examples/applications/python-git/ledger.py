"""Keeps a ledger in a repository, and counts its entries."""

import pathlib
import tempfile

import git

with tempfile.TemporaryDirectory() as folder:
    repository = git.Repo.init(folder)
    author = git.Actor("Ada", "ada@example.org")
    for entry in ("bought bread", "sold a clock"):
        pathlib.Path(folder, "ledger").write_text(entry)
        repository.index.add(["ledger"])
        repository.index.commit(entry, author=author, committer=author)
    print([commit.message for commit in repository.iter_commits()])
