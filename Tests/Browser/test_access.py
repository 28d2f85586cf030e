"""For everybody: axe-core finds nothing serious, in any state, light or dark."""

import shutil
import tempfile
import unittest
from pathlib import Path

import axe_selenium_python
from selenium.webdriver.common.keys import Keys

from workplace import Page, Server, make_sound

AXE = (Path(axe_selenium_python.__file__).parent / 'node_modules/axe-core/axe.min.js').read_text()


class AccessTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix='retouch-sounds-'))
        make_sound(cls.folder / 'a.wav', seconds=3)
        cls.server = Server(folder=cls.folder)
        cls.page = Page()

    @classmethod
    def tearDownClass(cls):
        cls.page.close()
        cls.server.remove()
        shutil.rmtree(cls.folder, ignore_errors=True)

    def check(self, name):
        page = self.page
        for is_dark in (False, True):
            page.dark(is_dark)
            page.driver.execute_script(AXE)
            found = page.driver.execute_async_script(
                'const done = arguments[arguments.length - 1];'
                'axe.run(document, { resultTypes: ["violations"] }).then((result) => done(result.violations), (error) => done([{ id: String(error), impact: "serious", nodes: [] }]))')
            serious = [(entry['id'], [node['html'][:140] for node in entry['nodes']][:4]) for entry in found
                       if entry['impact'] in ('serious', 'critical')]
            with self.subTest(state=name, theme='dark' if is_dark else 'light'):
                self.assertEqual(serious, [])

    def test_every_state(self):
        page = self.page
        page.open(self.server.link)
        page.until(lambda: page.all('#folder .entry'), what='the folder')
        self.check('start')
        page.find('#file').send_keys(str(self.folder / 'a.wav'))
        page.until(page.is_drawn, what='the pictures')
        self.check('open')
        page.find('#pictures').send_keys('r')
        page.drag('#spectrum', (0.3, 0.7), (0.5, 0.3))
        page.click('#more summary')
        self.check('rectangle')
        page.fill('#takes', '2')
        page.click('#go')
        page.until(lambda: len(page.all('#takes-list .take')) == 2, 120, 'takes')
        self.server.wait_for_jobs(page.state('state.session.id'))
        page.all('#takes-list .hear')[0].click()
        page.until(lambda: page.find('#ab').is_displayed(), what='before and after')
        self.check('takes')
        page.click('#tab-history')
        self.check('history')
        page.click('#tab-labels')
        self.check('labels')
        page.click('#help')
        self.check('help')
        page.click('#help-box .close')
        page.click('#download')
        self.check('download')
        page.click('#download-box .close')
        page.click('#tab-history')
        page.click('#make-test')
        page.click('#test-go')
        link = page.until(lambda: page.find('#test-link a').get_attribute('href'), what='the link')
        self.check('making a test')
        page.open('about:blank')
        page.open(link)
        page.until(lambda: page.find('#listener').is_displayed(), what='the test')
        self.check('test')
        page.find('#listener').send_keys('A', Keys.ENTER)
        page.until(lambda: page.find('#play').is_displayed(), what='the sound')
        self.check('judging')
        page.click('#show-results')
        self.check('results')

    def test_everything_is_reached_by_tab_and_focus_is_seen(self):
        page = self.page
        page.open('about:blank')
        page.open(self.server.link)
        page.until(lambda: page.find('#file'), what='the start')
        page.find('#file').send_keys(str(self.folder / 'a.wav'))
        page.until(page.is_drawn, what='the pictures')
        page.js('document.body.focus()')
        seen = []
        for _ in range(70):
            page.keys(Keys.TAB)
            seen.append(page.js('''const e = document.activeElement; const s = getComputedStyle(e);
                return [e.id, parseFloat(s.outlineWidth) > 0 && s.outlineStyle !== 'none']'''))
        names = {name for name, _ in seen}
        for name in ('home', 'session-name', 'download', 'theme', 'tool-span', 'zoom-in', 'axis', 'minimap', 'pictures', 'play',
                     'loop', 'sel-start', 'tab-edit', 'job-inpaint', 'prompt', 'strength', 'takes', 'go'):
            self.assertIn(name, names)
        self.assertEqual([name for name, is_seen in seen if name and not is_seen], [])


if __name__ == '__main__':
    unittest.main(verbosity=2)
