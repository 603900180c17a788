# SPDX-License-Identifier: BSD-3-Clause
"""Lists page by page, of the whole daemon on a simulated host with many guests, which come, go, reboot and migrate
between two pages: each that stays is told once."""
import json
import os
import random
import subprocess
import sys
import unittest

from simhost import GRIDNIX, Host, uuid

MANY = 10000
DEFINED = 60  # of them without a domain
SEED = int(os.environ.get('TEST_SEED') or random.randrange(1 << 30))


class Pages(Host):
    def setUp(self):
        """Guests with odd numbers run; those with even ones are defined, or free to come."""
        super().setUp()
        self.domids = {2 * n + 1: n + 1 for n in range(MANY)}
        for n in range(DEFINED):
            path = self.path('g.ini')
            with open(path, 'w', encoding='utf-8') as f:
                f.write(f'[guest]\nname = off{n}\nuuid = {uuid(n * MANY // DEFINED * 2)}\n'
                        'memory = 32M\nkernel = /boot/guest\n')
            subprocess.run([GRIDNIX, 'define', path, '--socket', self.path('api')], check=True,
                           stdout=subprocess.DEVNULL)
        self.tell(*(self.domain(n) for n in self.domids), 'look')
        self.patiently(lambda: len(self.list()) == MANY + DEFINED)

    def domain(self, number, state='running', name=None):
        return f'domain {self.domids[number]} {uuid(number)} {name or f"g{number}"} {state}'

    def part(self, target):
        return json.loads(self.get(target))

    def pages(self, path, limit):
        after = ''
        while after is not None:
            page = self.part(f'{path}?limit={limit}{after}')
            after = f'&after={page["next"]}' if 'next' in page else None
            yield page['guests']

    def test_all_at_once_or_in_parts(self):
        every = self.list()
        self.assertEqual([(g['uuid'], g['incarnation']) for g in every],
                         sorted((g['uuid'], g['incarnation']) for g in every))
        self.assertEqual(sum(g['state'] == 'off' for g in every), DEFINED)
        for path in ('/v1/guests', '/v1/stats'):
            pages = list(self.pages(path, 1000))
            self.assertEqual([len(page) for page in pages], [1000] * 10 + [DEFINED])
            self.assertEqual([g['uuid'] for page in pages for g in page], [g['uuid'] for g in every])
        for one, next_one in zip(every, every[1:]):
            if 'off' in (one['state'], next_one['state']):
                page = self.part(f'/v1/guests?limit=1&after={one["uuid"]}')
                self.assertEqual((page['guests'], page['next']), ([next_one], next_one['uuid']))

    def test_who_stays_is_told_once(self):
        print(f'seed {SEED}', file=sys.stderr)
        chance = random.Random(SEED)
        stays = {g['uuid'] for g in self.list()}
        seen = []
        for page in self.pages('/v1/guests', 700):
            seen += [g['uuid'] for g in page]
            numbers = sorted(self.domids)
            last = int(page[-1]['uuid'][-12:])
            near = [n for n in numbers if abs(n - last) < 4]
            for n in {*chance.sample(numbers, 20), *near}:
                what = chance.choice(('goes', 'reboots', 'comes'))
                if what == 'goes':
                    self.tell(f'gone {self.domids.pop(n)}')
                    stays.discard(uuid(n))
                elif what == 'reboots':
                    self.tell(self.domain(n, 'reboot'), 'look', f'gone {self.domids[n]}')
                    self.domids[n] = max(self.domids.values()) + 1
                    self.tell(self.domain(n))
                elif n + 1 not in self.domids and uuid(n + 1) not in stays:
                    self.domids[n + 1] = max(self.domids.values()) + 1
                    self.tell(self.domain(n + 1))
            self.tell('look')
        self.assertEqual(len(seen), len(set(seen)))
        self.assertLessEqual(stays, set(seen))

    def test_two_domains_are_not_parted(self):
        """One that is being migrated has two, and no page ends between them."""
        first = self.part('/v1/guests?limit=3')
        number = int(first['next'][-12:])
        self.tell(f'domain 32000 {uuid(number)} g{number}--incoming paused', 'look')
        self.last('migrating-in', 2 * MANY)
        pages = self.pages('/v1/guests', 3)
        told = next(pages)
        self.assertEqual([(g['uuid'], g['incarnation']) for g in told[2:]], [(uuid(number), 1), (uuid(number), 2)])
        self.assertNotIn(uuid(number), [g['uuid'] for g in next(pages)])
        self.assertEqual(sum(map(len, self.pages('/v1/guests', 1000))), MANY + DEFINED + 1)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1], verbosity=2)
