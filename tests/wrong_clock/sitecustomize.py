"""Lets a process begin with a clock that is wrong by CLOCK_AHEAD_SECONDS. Python loads this file from its path."""

import datetime
import os
import time

AHEAD = float(os.environ["CLOCK_AHEAD_SECONDS"])
right_time = time.time


class AnyDatetime(type):
    """Moments that were made elsewhere, as by the database's driver, are moments too."""

    def __instancecheck__(cls, instance):
        return isinstance(instance, real)


real = datetime.datetime


class Datetime(real, metaclass=AnyDatetime):
    @classmethod
    def now(cls, tz=None):
        return real.fromtimestamp(time.time(), tz)

    @classmethod
    def utcnow(cls):
        return real.fromtimestamp(time.time(), datetime.UTC).replace(tzinfo=None)


time.time = lambda: right_time() + AHEAD
datetime.datetime = Datetime
