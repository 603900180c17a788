# SPDX-License-Identifier: BSD-3-Clause
"""An apt repository of the depot's packages, and of this tree's, for tests that install some in a machine."""
import contextlib
import functools
import glob
import hashlib
import http.server
import json
import os
import subprocess
import tempfile
import threading

import vmtest as v  # also says where the next one is
from vm.machine import cache_dir

# The machine's view of this host, in QEMU's user network
HOST = '10.0.2.2'


def own_packages(image):
    """Those packages of this tree that an image was made with, in the builder's cache."""
    with open(os.path.join(v.OUT, f'gridnix-{image}.contents.json'), encoding='utf-8') as f:
        wanted = {p['sha256'] for p in json.load(f)['packages'] if p['set'] == 'own'}
    for path in glob.glob(os.path.join(cache_dir(), 'step/programs-*/*.deb')):
        with open(path, 'rb') as f:
            if hashlib.sha256(f.read()).hexdigest() in wanted:
                yield path


@contextlib.contextmanager
def served(image='demo'):
    """Serves those packages that an image was made with, Debian's and ours; the port."""
    with tempfile.TemporaryDirectory() as top:
        os.mkdir(os.path.join(top, 'pool'))
        with open(os.path.join(v.OUT, f'gridnix-{image}.lock'), encoding='utf-8') as lock:
            files = {line.split()[7] for line in lock if line.startswith('package ')}
        for name in files:
            os.symlink(os.path.join(cache_dir(), 'depot/pool', name), os.path.join(top, 'pool', name))
        for path in own_packages(image):
            name = os.path.join(top, 'pool', os.path.basename(path))
            if not os.path.exists(name):
                os.symlink(path, name)
        with open(os.path.join(top, 'Packages'), 'wb') as index:
            subprocess.run(['apt-ftparchive', 'packages', 'pool'], cwd=top, check=True,
                           stdout=index)
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=top)
        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


def use(m, port):
    """From here on the machine's apt knows this repository and nothing else."""
    v.eventually(m, 'ip route', '^default ')
    m.check_run('rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*')
    m.check_run(f'echo "deb [trusted=yes] http://{HOST}:{port} ./" >/etc/apt/sources.list')
    m.check_run('apt-get update -q', patience=1800)
