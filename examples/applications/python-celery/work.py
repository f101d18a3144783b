"""Adds two numbers in a task."""

import celery

application = celery.Celery("work", broker="redis://nowhere.example.org")
application.conf.task_always_eager = True


@application.task
def add(one, other):
    return one + other


if __name__ == "__main__":
    print(add.delay(20, 22).get())
