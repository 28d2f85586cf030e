"""Screenshots of the workbench in every state, at three widths, light and dark, into a folder: `screenshots.py FOLDER [WORD]`."""

import shutil
import sys
import tempfile
import time
from pathlib import Path

from selenium.webdriver.common.keys import Keys

from workplace import DEMO, Page, Server

SIZES = {360: 780, 1280: 860, 2560: 1440}


def shoot(page, folder, name):
    for width, height in SIZES.items():
        page.size(width, height)
        time.sleep(0.4)
        for is_dark in (False, True):
            page.dark(is_dark)
            page.until(lambda: not page.js('return window.retouch?.isLoading?.() ?? false'), 20, 'pictures')
            time.sleep(0.25)
            page.driver.save_screenshot(str(folder / f'{name}-{width}-{"dark" if is_dark else "light"}.png'))
    page.size(1280, 860)
    page.dark(False)
    print(name, flush=True)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    sounds = Path(tempfile.mkdtemp())
    for name in ('steam.flac', 'drumroll.flac', 'tabla.flac'):
        shutil.copy(DEMO / name, sounds / name)
    server = Server(folder=sounds)
    page = Page()
    try:
        page.open(server.link)
        page.until(lambda: page.all('#folder .entry'), what='the folder')
        shoot(page, folder, 'empty')
        page.find('#file').send_keys(str(sounds / 'drumroll.flac'))
        page.until(page.is_drawn, what='the pictures')
        shoot(page, folder, 'open')
        page.find('#pictures').send_keys('r')
        page.drag('#spectrum', (0.3, 0.7), (0.4, 0.25))
        shoot(page, folder, 'rectangle')
        page.find('#pictures').send_keys(Keys.ESCAPE, 's')
        page.drag('#outline', (0.45, 0.5), (0.55, 0.5))
        page.click('#more summary')
        page.fill('#prompt', 'a motor engine running')
        page.fill('#steps', '1000')
        page.click('#go')
        page.until(lambda: page.js('return window.retouch.state.previews.size') == 1, 60, 'a preview')
        shoot(page, folder, 'running')
        page.click('#running .job-card button')
        page.until(lambda: not page.all('#running .job-card'), 20, 'the end')
        page.find('#steps').send_keys(Keys.CONTROL, 'a', Keys.BACKSPACE)
        page.find('#prompt').send_keys(Keys.CONTROL, 'a', Keys.BACKSPACE)
        page.click('#more summary')
        page.fill('#takes', '3')
        page.click('#go')
        page.until(lambda: len(page.all('#takes-list .take')) == 3, 120, 'the takes')
        server.wait_for_jobs(page.state('state.session.id'))
        page.find('#pictures').send_keys('2')
        page.until(lambda: page.state('player.isPlaying'), what='playing')
        page.find('#pictures').send_keys(' ')
        shoot(page, folder, 'takes')
        page.click('#difference')
        shoot(page, folder, 'ab')
        page.click('#difference')
        page.click('#tab-history')
        shoot(page, folder, 'history')
        page.click('#tab-labels')
        shoot(page, folder, 'labels')
        page.click('#help')
        shoot(page, folder, 'help')
        page.click('#help-box .close')
        page.click('#download')
        shoot(page, folder, 'download')
        page.click('#download-box .close')
        page.click('#tab-history')
        page.click('#make-test')
        page.click('#test-go')
        link = page.until(lambda: page.find('#test-link a').get_attribute('href'), what='the link')
        page.open('about:blank')
        page.open(link)
        page.until(lambda: page.find('#listener').is_displayed(), what='the test')
        page.find('#listener').send_keys('Ada', Keys.ENTER)
        page.until(lambda: page.find('#play').is_displayed(), what='the sound')
        shoot(page, folder, 'listening')
        page.click('#show-results')
        shoot(page, folder, 'results')
        for line in page.log():
            print(line)
    finally:
        page.close()
        server.remove()
        shutil.rmtree(sounds)


if __name__ == '__main__':
    main(Path(sys.argv[1]))
