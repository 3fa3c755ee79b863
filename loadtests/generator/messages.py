"""What coordinator and workers say to each other, as Locust's custom messages. Times are monotonic seconds.

clock   to a worker    {sent}                                   the sender's clock; before the run and between rounds
        from a worker  {sent, received, answered}               the first repeated, the others by the worker's clock
begin   to a worker    {worker, workers, origin, ...}           who it is, and when the run begins by its own clock
round   to a worker    {number, ...}                            what to send now: see `Worker.round`
report  from a worker  {worker, part, done}                     what it saw since the last; the round it has done
failed  from a worker  {sentence}                               a mistake of ours
halt    to a worker    nothing                                  no more arrivals; report what there is
bye     to a worker    nothing
"""

CLOCK = "kordkit-clock"
BEGIN = "kordkit-begin"
ROUND = "kordkit-round"
REPORT = "kordkit-report"
FAILED = "kordkit-failed"
HALT = "kordkit-halt"
BYE = "kordkit-bye"
