"""What a person does with the workbench, by real clicks, keys and drags; results are compared with the command line's bytes."""

import json
import shutil
import tempfile
import time
import unittest
from pathlib import Path

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.wheel_input import ScrollOrigin
from selenium.webdriver.common.keys import Keys

from workplace import DEMO, Page, Server, command, make_sound, shell


class PageTest(unittest.TestCase):
    """One server and one browser for all tests; each opens a sound of its own."""

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix='retouch-sounds-'))
        cls.downloads = Path(tempfile.mkdtemp(prefix='retouch-downloads-'))
        shutil.copy(DEMO / 'steam.flac', cls.folder / 'steam.flac')
        shutil.copy(DEMO / 'tabla.flac', cls.folder / 'tabla.flac')
        make_sound(cls.folder / 'gap.wav', gap=(1.5, 1.8), channels=2)
        make_sound(cls.folder / 'short one.wav', seconds=2)
        cls.server = Server(folder=cls.folder)
        cls.page = Page(downloads=cls.downloads)

    @classmethod
    def tearDownClass(cls):
        cls.page.close()
        cls.server.remove()
        shutil.rmtree(cls.folder, ignore_errors=True)
        shutil.rmtree(cls.downloads, ignore_errors=True)

    def setUp(self):
        self.page.log()
        self.page.size(1280, 860)
        self.page.open('about:blank')
        self.page.open(self.server.link)
        self.page.until(lambda: self.page.find('#start').is_displayed(), what='the start')

    def tearDown(self):
        self.assertEqual(self.page.log(), [], 'the browser complains')

    # What tests do again and again.

    def open(self, name='gap.wav'):
        self.page.find('#file').send_keys(str(self.folder / name))
        self.page.until(self.page.is_drawn, what='the pictures')
        return self.page.state('state.session.id')

    def select(self, start, end):
        self.page.fill('#sel-start', str(start))
        self.page.fill('#sel-end', str(end))
        self.page.until(lambda: self.marks()[-1]['end'] == end, what='the selection')

    def marks(self):
        return self.page.state('state.marks')

    def head(self):
        return self.page.js('return window.retouch.head()')

    def make(self, session, seconds=90):
        """Presses the button, and waits for the version that comes of it."""
        before = self.head()['id'] if self.page.is_open() else None
        self.page.click('#go')
        self.page.until(lambda: self.page.is_open() and self.head()['id'] != before, seconds, 'the edit')
        return self.head()

    def compare(self, version, source):
        """Expects that what the page gives is what its command line makes."""
        with tempfile.TemporaryDirectory() as folder:
            if source:
                shutil.copy(source, folder)
            shell(version['command'] + ' --recipe --quiet', folder)
            made = Path(folder) / version['title']
            self.assertEqual(self.server.get(f'/api/versions/{version["id"]}/sound'), made.read_bytes())
            recipe = self.server.get(f'/api/versions/{version["id"]}/recipe')
            self.assertEqual(json.loads(recipe), json.loads((Path(folder) / f'{version["title"]}.json').read_bytes()))
            self.assertEqual(recipe, (Path(folder) / f'{version["title"]}.json').read_bytes())

    # Open and see.

    def test_a_file_of_the_folder_is_opened_and_seen(self):
        page = self.page
        page.find('#folder-filter').send_keys('tab')
        self.assertEqual(len(page.all('#folder .entry')), 1)
        page.click('#folder .entry')
        page.until(page.is_drawn, what='the pictures')
        self.assertIn('11025 Hz, stereo', page.text('#facts'))
        colours = page.js('''const c = document.getElementById('spectrum');
            const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
            return new Set(Array.from({length: 4000}, (_, i) => d[i * 4 * 97] << 16 | d[i * 4 * 97 + 1] << 8 | d[i * 4 * 97 + 2])).size''')
        self.assertGreater(colours, 100)
        wave = page.js('''const c = document.getElementById('outline');
            const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
            let n = 0; for (let i = 0; i < d.length; i += 4) if (d[i] < 60 && d[i + 1] > 90) n += 1; return n''')
        self.assertGreater(wave, 3000)

    def test_a_file_that_is_no_sound_is_refused_in_words(self):
        (self.folder / 'words.wav').write_text('these are words, not sounds')
        self.page.find('#file').send_keys(str(self.folder / 'words.wav'))
        self.page.until(lambda: 'words.wav: not a sound file' in self.page.text('#notice'), what='the refusal')
        (self.folder / 'words.wav').unlink()
        # Chromium logs every answer of status 4xx.
        self.assertTrue(all('422' in line for line in self.page.log()))

    def test_wheel_and_keys_zoom_from_all_to_samples(self):
        page = self.page
        self.open()
        width = lambda: page.state('state.view.end') - page.state('state.view.start')
        self.assertAlmostEqual(width(), 4.0, places=3)
        origin = ScrollOrigin.from_element(page.find('#outline'), 0, 0)
        for _ in range(4):
            ActionChains(page.driver).scroll_from_origin(origin, 0, -300).perform()
        self.assertLess(width(), 0.5)
        page.find('#pictures').click()
        for _ in range(20):
            page.keys('+')
        self.assertLess(width(), 0.002)
        page.until(page.is_drawn, what='samples')
        page.keys('0')
        self.assertAlmostEqual(width(), 4.0, places=3)
        page.keys(Keys.END)
        self.assertAlmostEqual(page.state('state.cursor'), 4.0, places=3)

    def test_zooming_draws_thirty_times_a_second(self):
        page = self.page
        self.open('steam.flac')
        page.js('''window.counted = null; const from = performance.now(); const before = window.retouch.drawn.frames;
            const box = document.getElementById('pictures'); const place = box.getBoundingClientRect();
            (function turn() {
              const passed = performance.now() - from;
              box.dispatchEvent(new WheelEvent('wheel', { deltaY: passed < 1000 ? -25 : 25, clientX: place.left + 400, clientY: place.top + 80, bubbles: true, cancelable: true }));
              if (passed < 2000) requestAnimationFrame(turn);
              else window.counted = (window.retouch.drawn.frames - before) / passed * 1000;
            })();''')
        rate = page.until(lambda: page.js('return window.counted'), what='two seconds of zooming')
        print(f'zooming: {rate:.0f} pictures a second')
        self.assertGreater(rate, 20)

    def test_scale_and_brightness_change_the_picture(self):
        page = self.page
        self.open()
        sample = lambda: page.js('''const c = document.getElementById('spectrum');
            return Array.from(c.getContext('2d').getImageData(c.width / 2 | 0, 0, 1, c.height).data).reduce((a, b, i) => a + b * (i % 7), 0)''')
        before = sample()
        for value in ('log', 'linear'):
            page.js(f'const a = document.getElementById("axis"); a.value = "{value}"; a.dispatchEvent(new Event("change"))')
            page.until(lambda: page.is_drawn() and sample() != before, what=f'the scale {value}')
            before = sample()
        brightness = page.find('#brightness')
        brightness.send_keys(Keys.ARROW_RIGHT * 8)
        page.until(lambda: sample() != before, what='another brightness')
        page.js('localStorage.clear()')

    # Mark.

    def test_drags_mark_spans_and_rectangles_and_edges_move(self):
        page = self.page
        self.open()
        page.drag('#outline', (0.25, 0.5), (0.5, 0.5))
        [mark] = self.marks()
        self.assertAlmostEqual(mark['start'], 1.0, delta=0.02)
        self.assertAlmostEqual(mark['end'], 2.0, delta=0.02)
        page.drag('#outline', (0.5, 0.5), (0.625, 0.5))
        [mark] = self.marks()
        self.assertAlmostEqual(mark['end'], 2.5, delta=0.02)
        page.find('#pictures').send_keys('r')
        page.drag('#spectrum', (0.7, 0.7), (0.8, 0.3), held=Keys.SHIFT)
        self.assertEqual(len(self.marks()), 2)
        box = self.marks()[1]
        self.assertAlmostEqual(box['start'], 2.8, delta=0.02)
        self.assertLess(box['low'], box['high'])
        self.assertTrue(page.find('#sel-low').is_displayed())
        page.fill('#sel-low', '500')
        page.fill('#sel-high', '3000')
        self.assertEqual((self.marks()[1]['low'], self.marks()[1]['high']), (500, 3000))
        self.assertTrue(page.find('#solo').is_enabled())
        page.find('#pictures').send_keys(Keys.ESCAPE)
        self.assertEqual(self.marks(), [])

    def test_edges_are_typed_nudged_and_snapped(self):
        page = self.page
        self.open()
        page.fill('#sel-start', '0:01.250')
        page.fill('#sel-length', '0.5')
        [mark] = self.marks()
        self.assertEqual((mark['start'], mark['end']), (1.25, 1.75))
        page.find('#pictures').click()
        self.select(1.0, 2.0)
        page.find('#pictures').send_keys('.')
        self.assertAlmostEqual(self.marks()[0]['start'], 1.001, places=6)
        page.find('#pictures').send_keys("'")
        self.assertAlmostEqual(self.marks()[0]['end'], 2.001, places=6)
        before = self.marks()[0]['start']
        page.find('#pictures').send_keys('z')
        page.until(lambda: self.marks()[0]['start'] != before, what='the snap')
        self.assertLess(abs(self.marks()[0]['start'] - before), 0.02)
        start = round(self.marks()[0]['start'] * 16000)
        session = page.state('state.session.id')
        version = self.head()['id']
        found = self.server.json(f'/api/versions/{version}/edges?near={start}&kind=zero')
        self.assertEqual(found['frame'], start)
        self.select(1.0, 1.65)
        page.click('#snap-quiet')
        page.until(lambda: abs(self.marks()[0]['end'] - 1.65) > 1e-6 or self.marks()[0]['start'] != 1.0, what='quiet')
        self.assertTrue(session)

    def test_labels_go_out_and_in_and_marks_outlast_a_reload(self):
        page = self.page
        session = self.open()
        self.select(0.5, 1.0)
        page.find('#pictures').send_keys('m')
        page.click('#tab-labels')
        page.until(lambda: len(page.all('.label-card')) == 1, what='the label')
        page.until(lambda: self.server.get(f'/api/sessions/{session}/labels') == b'0.500000\t1.000000\tlabel 1\n', what='the file')
        track = self.folder / 'track.txt'
        track.write_text('0.1\t0.2\tcough\n\\\t100\t2000\n2\t2\tdoor\n')
        page.find('#labels-file').send_keys(str(track))
        page.until(lambda: [mark['name'] for mark in self.marks()] == ['cough', 'door'], what='the labels')
        page.driver.refresh()
        page.until(page.is_drawn, what='the pictures')
        self.assertEqual([(m['name'], m['start'], m.get('low')) for m in self.marks()], [('cough', 0.1, 100), ('door', 2, None)])

    def test_dropouts_and_passages_are_found(self):
        page = self.page
        self.open()
        page.click('#tab-labels')
        page.click('.find[data-kind=dropouts]')
        page.until(lambda: 'found' in page.text('#find-text'), what='the dropout')
        [mark] = self.marks()
        self.assertAlmostEqual(mark['start'], 1.5, delta=0.001)
        self.assertAlmostEqual(mark['end'], 1.8, delta=0.001)

    # Hear.

    def test_it_plays_loops_and_switches_sides_without_a_gap(self):
        page = self.page
        session = self.open('steam.flac')
        self.select(2.4, 2.9)
        self.make(session)
        pictures = page.find('#pictures')
        pictures.send_keys(' ')
        page.until(lambda: page.state('player.starts') and not page.state('player.isPlaying'), what='the end')
        self.assertAlmostEqual(page.state('state.cursor'), 2.9, delta=0.1)
        pictures.send_keys('l', ' ')
        page.until(lambda: 2.45 < page.state('state.cursor') < 2.85, what='the cursor')
        page.keys('b')
        self.assertEqual(page.state('player.side'), 'before')
        self.assertTrue(page.state('player.isPlaying'))
        self.assertEqual(page.find('#side-a').get_attribute('aria-pressed'), 'true')
        page.keys('b')
        self.assertEqual(page.state('player.side'), 'after')
        time.sleep(1.5)
        self.assertTrue(page.state('player.isPlaying'), 'a loop does not end')
        self.assertLessEqual(page.state('state.cursor'), 2.91)
        # One turn of the loop is half a second: a gap would be an underrun. A machine that is busy elsewhere has some.
        self.assertLess(page.state('player.underruns'), 3)
        gains = page.state('player.gain')
        self.assertLessEqual(max(gains.values()), 1)
        page.keys(' ')
        page.keys('l')
        page.click('#side-b')
        page.click('#difference')
        self.assertTrue(page.state('state.difference'))
        page.keys('d')

    # Edit, choose, take away.

    def test_a_fill_by_keyboard_alone_is_the_command_lines_to_the_byte(self):
        page = self.page
        session = self.open()
        pictures = page.find('#pictures')
        pictures.send_keys(Keys.HOME)
        for _ in range(37):
            pictures.send_keys(Keys.ARROW_RIGHT)
        pictures.send_keys('[')
        for _ in range(9):
            pictures.send_keys(Keys.ARROW_RIGHT)
        pictures.send_keys(']')
        [mark] = self.marks()
        self.assertAlmostEqual(mark['start'], 1.48, places=6)
        self.assertAlmostEqual(mark['end'], 1.84, places=6)
        page.until(lambda: 'It takes about' in page.text('#plan'), what='the estimate')
        self.assertIn('every other sample stays', page.text('#plan'))
        before = self.head()['id']
        pictures.send_keys(Keys.ENTER)
        page.until(lambda: self.head()['id'] != before, 90, 'the fill')
        version = self.head()
        self.assertEqual(version['parent'], before)
        self.assertTrue(version['report']['isIdenticalOutside'])
        self.compare(version, self.folder / 'gap.wav')
        pictures.send_keys(Keys.CONTROL, 'z')
        page.until(lambda: self.head()['id'] == before, what='undo')
        page.chord(Keys.CONTROL, Keys.SHIFT, 'z')
        page.until(lambda: self.head()['id'] == version['id'], what='redo')
        self.assertTrue(session)

    def test_a_fill_is_downloaded_as_source_and_as_flac(self):
        page = self.page
        self.open('short one.wav')
        page.drag('#outline', (0.4, 0.5), (0.5, 0.5))
        version = self.make(None)
        self.compare(version, self.folder / 'short one.wav')
        page.click('#download')
        page.click('#download-sound')
        target = self.downloads / version['title']
        page.until(target.exists, what='the download')
        page.until(lambda: target.read_bytes() == self.server.get(f'/api/versions/{version["id"]}/sound'), what='its bytes')
        page.js('const f = document.getElementById("format"); f.value = "flac"; f.dispatchEvent(new Event("change"))')
        self.assertIn('made once more', page.text('#download-text'))
        page.click('#download-sound')
        flac = target.with_suffix('.flac')
        page.until(flac.exists, 60, 'the FLAC')
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(self.folder / 'short one.wav', folder)
            shell(version['command'].replace('.wav\' -o \'short one-inpaint.wav', '.wav\' -o \'short one-inpaint.flac'), folder)
            made = (Path(folder) / 'short one-inpaint.flac').read_bytes()
        page.until(lambda: flac.read_bytes() == made, what='the bytes of the command line')
        page.click('#download-box .close')

    def test_a_newcomer_fills_a_gap_in_five_gestures(self):
        """What comes after `make demo`: a sound of the folder, a drag over the gap, Fill, Download, Sound."""
        page = self.page
        begun = time.time()
        page.click('#folder .entry[data-name="gap.wav"]')
        page.until(page.is_drawn, what='the pictures')
        seen = time.time()
        page.drag('#outline', (0.37, 0.5), (0.455, 0.5))
        first = self.head()['id']
        pressed = time.time()
        page.click('#go')
        page.until(lambda: self.head()['id'] != first, 60, 'the fill')
        filled = time.time()
        page.click('#download')
        page.click('#download-sound')
        target = self.downloads / self.head()['title']
        page.until(target.exists, what='the file')
        print(f'a newcomer: seen after {seen - begun:.1f} s, filled {filled - pressed:.1f} s after the press, '
              f'downloaded {time.time() - begun:.1f} s after the first click; 4 clicks and a drag')
        page.click('#download-box .close')
        self.compare(self.head(), self.folder / 'gap.wav')

    def test_takes_stand_side_by_side_and_one_is_kept(self):
        page = self.page
        session = self.open()
        self.select(1.45, 1.85)
        page.fill('#takes', '3')
        page.click('#go')
        page.until(lambda: len(page.all('#takes-list .take')) == 3, 120, 'the takes')
        self.server.wait_for_jobs(session)
        page.find('#pictures').send_keys('2')
        page.until(lambda: page.all('#takes-list .take')[1].get_attribute('class') == 'take heard', what='take 2')
        chosen = self.head()
        self.assertEqual(chosen['request']['settings']['seed'], 1)
        page.until(lambda: page.state('player.starts') == 1, what='playing')
        page.all('#takes-list .keep')[1].click()
        page.until(lambda: len(page.js('return [...window.retouch.state.versions.keys()]')) == 2, what='the others to go')
        self.assertEqual(self.head()['id'], chosen['id'])
        self.compare(self.head(), self.folder / 'gap.wav')

    def test_history_branches_is_named_and_compared(self):
        page = self.page
        session = self.open('short one.wav')
        self.select(0.5, 0.8)
        first = self.make(session)
        page.click('#tab-history')
        root = first['parent']
        page.click(f'#version-{root} .name')
        page.until(lambda: self.head()['id'] == root, what='the first sound')
        page.click('#tab-edit')
        self.select(1.0, 1.2)
        second = self.make(session)
        self.assertEqual(second['parent'], root)
        page.click('#tab-history')
        page.click(f'#version-{second["id"]} .rename')
        field = page.find(f'#version-{second["id"]} input')
        field.send_keys(Keys.CONTROL, 'a')
        field.send_keys('the second one', Keys.ENTER)
        page.until(lambda: page.text(f'#version-{second["id"]} .name') == 'the second one', what='the name')
        page.click(f'#version-{first["id"]} .compare')
        page.until(lambda: 'before' in page.text(f'#version-{first["id"]}'), what='the comparison')
        page.click('#difference')
        page.until(page.is_drawn, what='the difference')
        page.driver.refresh()
        page.until(page.is_drawn, what='the pictures')
        self.assertEqual(self.head()['id'], second['id'])
        self.assertEqual(len(self.server.json(f'/api/sessions/{session}')['versions']), 3)

    def test_restyle_and_upsample_are_the_command_lines_to_the_byte(self):
        page = self.page
        session = self.open('tabla.flac')
        page.click('#job-upsample')
        upsampled = self.make(session, 180)
        self.assertGreater(upsampled['rate'], 40000)
        self.compare(upsampled, self.folder / 'tabla.flac')
        page.find('#undo').click()
        page.until(lambda: self.head()['id'] == upsampled['parent'], what='undo')
        page.click('#job-restyle')
        self.select(0.5, 1.5)
        page.click('#go')
        self.assertIn('Say in a few words', page.text('#edit-error'))
        page.find('#prompt').send_keys('a motor engine running')
        page.find('#strength').send_keys(Keys.ARROW_RIGHT * 5)
        restyled = self.make(session)
        self.assertAlmostEqual(restyled['request']['strength'], 0.55)
        self.compare(restyled, self.folder / 'tabla.flac')

    def test_a_rectangle_is_filled_and_restyled_as_the_command_line_does(self):
        page = self.page
        self.open('tabla.flac')
        page.find('#pictures').send_keys('r')
        page.drag('#spectrum', (0.3, 0.6), (0.4, 0.3))
        [box] = self.marks()
        self.assertLess(box['low'], box['high'])
        page.until(lambda: 'the other frequencies there stay' in page.text('#plan'), what='what will happen')
        filled = self.make(None)
        self.assertEqual(filled['request']['regions'][0]['low'], box['low'])
        self.assertIn('@', filled['command'])
        self.compare(filled, self.folder / 'tabla.flac')
        page.find('#undo').click()
        page.until(lambda: self.head()['id'] == filled['parent'], what='undo')
        page.click('#job-restyle')
        page.find('#prompt').send_keys('rain falling')
        restyled = self.make(None)
        self.compare(restyled, self.folder / 'tabla.flac')

    def test_extend_and_loop_are_the_command_lines_to_the_byte(self):
        page = self.page
        self.open('short one.wav')
        page.click('#job-extend')
        page.fill('#duration', '1.5')
        page.until(lambda: 'the sound itself stays' in page.text('#plan'), what='what will happen')
        extended = self.make(None)
        self.assertAlmostEqual(extended['duration'], 3.5, delta=0.01)
        self.compare(extended, self.folder / 'short one.wav')
        page.find('#undo').click()
        page.until(lambda: self.head()['id'] == extended['parent'], what='undo')
        page.click('#job-loop')
        looped = self.make(None)
        self.compare(looped, self.folder / 'short one.wav')

    def test_a_sound_is_dropped_and_its_upload_is_seen(self):
        page = self.page
        long = make_sound(self.folder / 'dropped.wav', seconds=30, rate=44100, channels=2)
        # What a drop gives the page; only the desktop's own drag cannot be made here.
        page.js('const i = document.createElement("input"); i.type = "file"; i.id = "hand"; document.body.append(i)')
        page.find('#hand').send_keys(str(long))
        page.js('''const data = new DataTransfer();
            data.items.add(document.getElementById('hand').files[0]);
            document.getElementById('hand').remove();
            window.seen = [];
            const bar = document.getElementById('upload-bar');
            new MutationObserver(() => window.seen.push(bar.style.width)).observe(bar, {attributes: true});
            for (const kind of ['dragenter', 'dragover', 'drop'])
                document.getElementById('drop').dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}))''')
        page.until(page.is_drawn, what='the pictures')
        self.assertIn('44100 Hz, stereo', page.text('#facts'))
        self.assertTrue(page.js('return window.seen.length > 0'), 'no bar')

    def test_holes_of_a_codec_are_filled_where_one_asks(self):
        page = self.page
        self.open('tabla.flac')
        page.click('#job-upsample')
        page.click('#more summary')
        page.click('#holes')
        page.until(lambda: 'but for its holes' in page.text('#plan'), what='what will happen')
        upsampled = self.make(None, 180)
        self.assertTrue(upsampled['request']['holes'])
        self.assertIn('--holes', upsampled['command'])
        self.compare(upsampled, self.folder / 'tabla.flac')
        page.click('#more summary')

    def test_a_sound_begins_with_words(self):
        page = self.page
        page.find('#start-prompt').send_keys('rain falling on a tin roof')
        page.fill('#start-duration', '1.5')
        page.click('#from-prompt button')
        page.until(page.is_drawn, 90, 'the new sound')
        version = self.head()
        self.assertAlmostEqual(version['duration'], 1.5, delta=0.1)
        self.compare(version, None)

    def test_progress_preview_and_cancel(self):
        page = self.page
        self.open()
        self.select(1.0, 3.0)
        page.click('#more summary')
        page.fill('#steps', '900')
        page.fill('#prompt', 'a dog barking')
        page.click('#go')
        page.until(lambda: page.find('#running .job-card').is_displayed(), what='the edit')
        page.until(lambda: page.js('return window.retouch.state.previews.size') == 1, 60, 'a preview')
        page.until(lambda: int(page.find('#running [role=progressbar]').get_attribute('aria-valuenow')) > 0, 60, 'progress')
        page.click('#running .job-card button')
        page.until(lambda: not page.all('#running .job-card'), 20, 'the end of it')
        self.assertEqual(len(self.server.json(f'/api/sessions/{page.state("state.session.id")}')['versions']), 1)

    def test_a_listening_test_is_made_judged_and_counted(self):
        page = self.page
        self.open('short one.wav')
        page.click('#tab-history')
        page.click('#make-test')
        page.click('#test-items input')
        page.click('#test-go')
        link = page.until(lambda: page.find('#test-link a').get_attribute('href'), what='the link')
        page.click('#test-box .close')
        for listener, presses in (('A', 10), ('B', 30)):
            page.open('about:blank')
            page.open(link)
            page.until(lambda: page.find('#listener').is_displayed(), what='the test')
            page.find('#listener').send_keys(listener, Keys.ENTER)
            page.until(lambda: page.find('#play').is_displayed(), what='the sound')
            self.assertFalse(page.find('#next').is_enabled())
            page.click('#play')
            page.find('#ovl').send_keys(Keys.ARROW_RIGHT * presses)
            page.until(lambda: page.find('#next').is_enabled(), what='the button')
            page.click('#next')
            page.until(lambda: page.find('#thanks').is_displayed(), what='thanks')
        page.click('#show-results')
        page.until(lambda: page.find('#results').is_displayed(), what='results')
        test = link.split('#')[1]
        results = self.server.json(f'/api/listening-tests/{test}/results')
        self.assertEqual(results['listeners'], 2)
        self.assertEqual(results['all']['ovl']['mean'], 70)
        # t(1) = 12.706, s = sqrt(200), n = 2.
        self.assertAlmostEqual(results['all']['ovl']['interval'], 127.06, delta=0.01)
        csv = self.server.get(f'/api/listening-tests/{test}/results?format=csv').decode()
        self.assertIn('"short one.wav","",2,70.000,127.060,,', csv)

    def test_it_fits_from_360_pixels_on(self):
        page = self.page
        session = self.open()
        for width, height in ((360, 740), (768, 1024), (1280, 860), (2560, 1440)):
            page.size(width, height)
            page.until(page.is_drawn, 60, 'the pictures')
            self.assertEqual(page.js('''return [...document.querySelectorAll('#work *')].filter((e) => e.offsetParent && !e.closest('.sr') && e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.tagName + '#' + e.id + '.' + e.className)'''), [], f'at {width}')
            self.assertLessEqual(page.js('return document.documentElement.scrollWidth'), width, f'at {width}')
            self.assertGreater(page.find('#spectrum').rect['height'], 100)
        self.assertTrue(session)


if __name__ == '__main__':
    unittest.main(verbosity=2)
