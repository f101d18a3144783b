import platform

print(f"all is well, says Python {platform.python_version()}")
