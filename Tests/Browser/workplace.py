"""A server of the workbench, a browser before it, and the command line beside it."""

import json
import math
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import wave
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get('EDIT_CLI') or str(ROOT / '.build/release/edit-cli')
DEMO = ROOT / 'Examples/demo'


class Server:
    """`edit-cli serve` on a free port, with a store of its own."""

    def __init__(self, store=None, *options, folder=None):
        self.store = store or tempfile.mkdtemp(prefix='retouch-store-')
        words = [PROGRAM, 'serve', *([str(folder)] if folder else []), '--port', '0', '--store', self.store, *options]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if ' at ' not in line:
            raise RuntimeError(f'the workbench did not start: {line}{self.process.stderr.read()}')
        self.link = line.split(' at ')[1].strip()
        self.base = self.link.split('/?')[0].rstrip('/')
        self.port = int(self.base.rsplit(':', 1)[1])

    def get(self, path):
        with urllib.request.urlopen(self.base + path, timeout=60) as answer:
            return answer.read()

    def json(self, path):
        return json.loads(self.get(path))

    def send(self, method, path, body=b'', kind='application/json', headers=None):
        """The status and the body of the answer."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(
            self.base + path, data=data, method=method, headers={'Content-Type': kind, **(headers or {})})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def upload(self, path):
        status, body = self.send('POST', f'/api/uploads?name={Path(path).name}', Path(path).read_bytes())
        assert status == 201, body
        return json.loads(body)

    def wait_for_jobs(self, session, seconds=120):
        """The session, once nothing of it waits or is made."""
        end = time.time() + seconds
        while time.time() < end:
            found = self.json(f'/api/sessions/{session}')
            if all(job['state'] not in ('queued', 'running') for job in found['jobs']):
                return found
            time.sleep(0.1)
        raise AssertionError('an edit did not end')

    def peak_memory(self):
        """In bytes."""
        for line in Path(f'/proc/{self.process.pid}/status').read_text().splitlines():
            if line.startswith('VmHWM'):
                return int(line.split()[1]) * 1024
        return 0

    def stop(self, isKilled=False):
        (self.process.kill if isKilled else self.process.terminate)()
        status = self.process.wait(30)
        self.process.stdout.close()
        self.process.stderr.close()
        return status

    def remove(self):
        if self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.store, ignore_errors=True)


def command(*words, folder):
    """Runs edit-cli in a folder."""
    done = subprocess.run([PROGRAM, *words], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def shell(line, folder):
    """Runs a command line as the page gives it."""
    path = f'{Path(PROGRAM).resolve().parent}:{os.environ["PATH"]}'
    done = subprocess.run(['sh', '-ec', line], cwd=folder, capture_output=True, text=True, env={**os.environ, 'PATH': path})
    assert done.returncode == 0, done.stderr


def make_sound(path, seconds=4.0, rate=16000, channels=1, gap=None, seed=1):
    """Tones and noise as 16-bit WAV; between the times of `gap` there is nothing."""
    noise = random.Random(seed)
    with wave.open(str(path), 'wb') as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        block = bytearray()
        for frame in range(int(seconds * rate)):
            time_ = frame / rate
            for channel in range(channels):
                value = 0.2 * math.sin(2 * math.pi * (220 + 110 * channel) * time_) + 0.05 * noise.uniform(-1, 1)
                if gap and gap[0] <= time_ < gap[1]:
                    value = 0
                block += struct.pack('<h', int(32767 * value))
        file.writeframes(bytes(block))
    return path


def make_long_sound(path, hours, rate=44100, channels=2):
    """A WAV of hours that takes a moment to make: a minute of noise again and again."""
    minute = os.urandom(2 * channels * rate * 60)
    # Quieter by 12 dB and not full scale: every other byte is the high one.
    high = bytes((byte if byte < 128 else byte - 256) // 4 & 255 for byte in minute[1::2])
    minute = bytearray(minute)
    minute[1::2] = high
    count = int(hours * 60)
    size = count * len(minute)
    with open(path, 'wb') as file:
        file.write(b'RIFF' + struct.pack('<I', 36 + size) + b'WAVEfmt ' + struct.pack(
            '<IHHIIHH', 16, 1, channels, rate, rate * 2 * channels, 2 * channels, 16) + b'data' + struct.pack('<I', size))
        for _ in range(count):
            file.write(minute)
    return path


class Page:
    """A real headless Chromium, worked by clicks, keys and drags."""

    def __init__(self, width=1280, height=860, isDark=False, downloads=None):
        options = Options()
        for word in ['--headless=new', '--no-sandbox', '--disable-dev-shm-usage', '--hide-scrollbars',
                     '--disable-gpu', f'--window-size={width},{height}']:
            options.add_argument(word)
        options.binary_location = shutil.which('chromium') or '/usr/bin/chromium'
        options.set_capability('goog:loggingPrefs', {'browser': 'ALL'})
        self.driver = webdriver.Chrome(service=Service(shutil.which('chromedriver')), options=options)
        self.size(width, height)
        self.dark(isDark)
        if downloads:
            self.driver.execute_cdp_cmd(
                'Browser.setDownloadBehavior', {'behavior': 'allow', 'downloadPath': str(downloads)})

    def size(self, width, height):
        self.driver.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', {
            'width': width, 'height': height, 'deviceScaleFactor': 1, 'mobile': width < 600})

    def dark(self, isDark):
        self.driver.execute_cdp_cmd('Emulation.setEmulatedMedia', {
            'features': [{'name': 'prefers-color-scheme', 'value': 'dark' if isDark else 'light'}]})

    def open(self, url):
        self.driver.get(url)

    def find(self, css):
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def all(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def js(self, code, *values):
        return self.driver.execute_script(code, *values)

    def click(self, css):
        self.find(css).click()

    def text(self, css):
        return self.find(css).text

    def fill(self, css, text):
        """Types into a field in place of what is there."""
        field = self.find(css)
        field.click()
        field.send_keys(Keys.CONTROL, 'a')
        field.send_keys(text)
        field.send_keys(Keys.TAB)

    def keys(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def chord(self, *keys):
        """Keys that are held, and the last one pressed."""
        chain = ActionChains(self.driver)
        for key in keys[:-1]:
            chain.key_down(key)
        chain.send_keys(keys[-1])
        for key in reversed(keys[:-1]):
            chain.key_up(key)
        chain.perform()

    def drag(self, css, start, end, held=None):
        """Drags from one place of an element to another one; both are shares of its width and height."""
        element = self.find(css)
        box = element.rect
        at = lambda place: (int((place[0] - 0.5) * box['width']), int((place[1] - 0.5) * box['height']))
        (x, y), (right, down) = at(start), at(end)
        chain = ActionChains(self.driver, duration=40)
        if held:
            chain.key_down(held)
        chain.move_to_element_with_offset(element, x, y).click_and_hold()
        chain.move_by_offset((right - x) // 2, (down - y) // 2)
        chain.move_by_offset(right - x - (right - x) // 2, down - y - (down - y) // 2).release()
        if held:
            chain.key_up(held)
        chain.perform()

    def until(self, condition, seconds=30, what='something'):
        """Waits until a condition holds, and gives its value."""
        end = time.time() + seconds
        while time.time() < end:
            try:
                value = condition()
                if value:
                    return value
            except Exception:  # the page is being built
                pass
            time.sleep(0.04)
        raise AssertionError(f'{what} did not come about; the page says: {self.complaints()}')

    def state(self, path):
        return self.js(f'return window.retouch.{path}')

    def is_open(self):
        return self.js('return !!window.retouch?.head?.() && !document.getElementById("work").hidden')

    def is_drawn(self):
        """Whether the pictures are complete."""
        return self.is_open() and not self.js('return window.retouch.isLoading()')

    def complaints(self):
        texts = [self.js(f'const e = document.getElementById("{name}"); return e && !e.hidden ? e.textContent : ""')
                 for name in ('notice', 'edit-error')]
        return ' '.join(text for text in texts if text)

    def log(self):
        """What the browser complains of."""
        return [entry['message'] for entry in self.driver.get_log('browser') if entry['level'] == 'SEVERE']

    def close(self):
        self.driver.quit()
