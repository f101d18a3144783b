from setuptools import setup

setup(
    name="horoscope",
    version="1.0",
    py_modules=["horoscope"],
    entry_points={"console_scripts": ["horoscope=horoscope:main"]},
)
