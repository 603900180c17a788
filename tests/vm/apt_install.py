# SPDX-License-Identifier: BSD-3-Clause
"""apt-get update and install in dom0, from a repository that this test serves out of the depot."""
import contextlib
import functools
import http.server
import os
import subprocess
import tempfile
import threading

import vmtest as v
from vm.machine import cache_dir

# The machine's view of this host, in QEMU's user network
HOST = '10.0.2.2'


@contextlib.contextmanager
def repository():
    """Serves the depot's packages with an index made here; the port."""
    with tempfile.TemporaryDirectory() as top:
        os.symlink(os.path.join(cache_dir(), 'depot', 'pool'), os.path.join(top, 'pool'))
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


def small_package():
    with prepared() as m:
        v.equal(m.run('command -v bc')[0], 127)
        m.check_run('apt-get install -q -y --no-install-recommends bc', patience=1800)
        v.equal(m.check_run('echo 6*7 | bc').strip(), '42')


def package_that_needs_excluded_files():
    """Python's directories are excluded from the image: they come back with it."""
    with prepared() as m:
        m.check_run('apt-get install -q -y --no-install-recommends python3', patience=1800)
        v.equal(m.check_run("python3 -c 'import json; print(json.dumps(6*7))'").strip(), '42')
        v.has_not(m.check_run('dpkg --verify python3-minimal libpython3-stdlib || true'), '/python3')


@contextlib.contextmanager
def prepared():
    """A machine whose apt knows the repository and nothing else."""
    with repository() as port, v.booted(v.media(), memory=768) as m:
        m.login()
        m.check_run('rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*')
        m.check_run(f'echo "deb [trusted=yes] http://{HOST}:{port} ./" >/etc/apt/sources.list')
        m.check_run('apt-get update -q', patience=1800)
        yield m


v.main(small_package, package_that_needs_excluded_files)
