"""The runner of jobs with the hashing encoder, as the service starts it: the real encoder takes seconds to load."""

from fakes import HashingEncoder

from service.jobs.__main__ import main

if __name__ == "__main__":
    main(lambda _: HashingEncoder())
