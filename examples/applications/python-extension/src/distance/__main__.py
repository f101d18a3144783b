import os

import numpy

from distance.fast import distance

words = ["kitten", "sitting", "mitten"]
table = numpy.array([[distance(one, other) for other in words] for one in words])
print(table, table.sum(), "uid", os.getuid())
