"""One encode and one worst-case decode (all data lost) of an object with zfec.

Arguments: k n objectBytes. Prints bytes per microsecond of CPU time, encode then decode.
"""

import sys
import time

import zfec

k, n, size = (int(argument) for argument in sys.argv[1:])
shard = -(-size // k)
data = [bytes((i * 131 + j * 7) & 255 for j in range(256)) * (shard // 256 + 1) for i in range(k)]
data = [row[:shard] for row in data]

start = time.process_time()
parity = zfec.Encoder(k, n).encode(data, tuple(range(k, n)))
encode = time.process_time() - start

start = time.process_time()
back = zfec.Decoder(k, n).decode(parity[-k:], tuple(range(n - k, n)))
decode = time.process_time() - start

if list(back) != data:
    sys.exit("zfec did not rebuild the data")
print(size / encode / 1e6, size / decode / 1e6)
