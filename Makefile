# make demo        three edits of real recordings, with pictures, into Examples/demo/output
# make test        all tests
# make test-workbench  the workbench in a real browser, under load, and against its own description
# make docs        the documentation of the libraries as static pages, into .build/docs
# make faults      kills at 200 random moments, failing disks, too little memory: see docs/faults.md
# make sanitize    the tests under the address and undefined-behaviour sanitizers, then under that of threads
# make fuzz        bytes that nobody meant into all that reads files of others, by libFuzzer under AddressSanitizer: see docs/faults.md
# make install     the program and its model under PREFIX (default /usr/local); DESTDIR is honoured
# make deb         a Debian package of the program, into .build
#
# Each does the set-up it needs by itself. Everything is built once, with the same flags.

PREFIX ?= /usr/local
SWIFT ?= swift
FLAGS = -c release -Xswiftc -enable-testing

LIBRARIES = sndfile libmpg123 fftw3f openblas cairo sqlite3
PACKAGES = libsndfile1-dev libmpg123-dev libfftw3-dev libopenblas-dev libcairo2-dev libsqlite3-dev pkg-config fonts-dejavu-core help2man
# The tests make files with these, and read with them what was written.
TEST_PROGRAMS = ffmpeg setfattr
TEST_PACKAGES = ffmpeg attr
# What .ci/run needs besides, and programs beside which the tests try Retouch where they are installed.
COMPANION_PROGRAMS = sbatch audacity Xvfb lintian debootstrap
COMPANION_PACKAGES = slurm-wlm munge audacity xvfb lintian debootstrap dpkg-dev
BROWSER_PROGRAMS = chromium chromedriver curl
BROWSER_PACKAGES = chromium chromium-driver python3-selenium python3-venv curl
BROWSER_TESTS = Tests/Browser
FONT = /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
FORMATTED = Package.swift Sources Tests Examples

SHARE = $(DESTDIR)$(PREFIX)/share
PROGRAM_FOLDER = $(DESTDIR)$(PREFIX)/lib/retouch
BUILT = $(shell $(SWIFT) build $(FLAGS) --show-bin-path)

# Installs packages (the second list) unless all programs (the first one) are there; in a shell of its own, whose end is not the recipe's.
define install_missing
if ! (for program in $(1); do command -v $$program || exit 1; done) >/dev/null; then \
	as_root=; test "$$(id -u)" = 0 || as_root=sudo; \
	$$as_root apt-get update -qq && \
	$$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(2); \
fi
endef

.PHONY: build demo test test-workbench docs faults sanitize fuzz install uninstall deb setup setup-tests setup-companions setup-browser format lint clean

build: setup
	$(SWIFT) build $(FLAGS) --product edit-cli

demo: build
	EDIT_CLI="$(BUILT)/edit-cli" Examples/demo/run

test: setup setup-tests
	$(SWIFT) build $(FLAGS) --build-tests
	$(SWIFT) test $(FLAGS) --skip-build

faults: setup setup-tests
	$(SWIFT) build $(FLAGS) --build-tests
	RETOUCH_KILLS=200 $(SWIFT) test $(FLAGS) --skip-build --filter 'FaultTests|RunningTests|FileErrorTests'

# The engine and its tests: addresses, and in our C what the language leaves undefined; then threads, in the workbench as well, and with
# the packages it is built with, whose locks count. Memory that the libraries hold to the end is no leak.
SANITIZED = CoreTests|EditingTests|PlottingTests
WATCHED = $(FLAGS) --scratch-path .build/sanitized
WATCHED_THREADS = $(FLAGS) --scratch-path .build/thread --sanitize=thread
sanitize: setup setup-tests
	RETOUCH_SANITIZER=address $(SWIFT) build $(WATCHED) --build-tests
	RETOUCH_SANITIZER=address ASAN_OPTIONS=detect_leaks=0 SWIFT_BACKTRACE=enable=no \
		$(SWIFT) test $(WATCHED) --skip-build --filter '$(SANITIZED)'
	RETOUCH_SANITIZER=thread $(SWIFT) build $(WATCHED_THREADS) --build-tests
	clang -O1 -shared -fPIC -o .build/thread/watched_mutex.so Tests/Fixtures/faults/watched_mutex.c
	RETOUCH_SANITIZER=thread SWIFT_BACKTRACE=enable=no TSAN_OPTIONS=suppressions=$(CURDIR)/Tests/Fixtures/faults/thread.supp \
		LD_PRELOAD=$(CURDIR)/.build/thread/watched_mutex.so \
		$(SWIFT) test $(WATCHED_THREADS) --skip-build --filter '$(SANITIZED)|WorkbenchTests'

# So many inputs of each kind, of those that decode sound a tenth; FUZZ_SECONDS ends each kind sooner; READERS names some of them.
# What is found, and the inputs that reach something new, are kept in .build/sanitized/found.
# FUZZ_FOLDER is as PACKAGE_FOLDER below.
INPUTS = 1000000
FUZZ_FOLDER = .build/sanitized
FUZZ_BUILD = RETOUCH_SANITIZER=fuzzer,address $(SWIFT) build $(FLAGS) --scratch-path $(FUZZ_FOLDER)
fuzz: setup
	$(FUZZ_BUILD) --product fuzz
	FUZZ_SECONDS=$(FUZZ_SECONDS) Tests/Fuzz/run "$$($(FUZZ_BUILD) --show-bin-path)/fuzz" $(INPUTS) $(FUZZ_FOLDER)/found $(READERS)

test-workbench: build setup-browser
	cd $(BROWSER_TESTS) && EDIT_CLI="$(BUILT)/edit-cli" .venv/bin/python -m unittest -v test_page test_access test_server

# One static site for each library, of what the tests are built from.
docs: setup
	@mkdir -p .build/docs
	@for library in Core Editing; do \
		$(SWIFT) package $(FLAGS) --allow-writing-to-directory .build/docs generate-documentation --target $$library \
			--output-path .build/docs/$$library --transform-for-static-hosting --hosting-base-path $$library \
			--warnings-as-errors || exit 1; \
	done
	@echo ".build/docs/Core/documentation/core and .build/docs/Editing/documentation/editing"

# The program stands beside its model in lib/retouch, and bin/ links to it: nothing in it points back to this folder.
install: build
	install -d "$(PROGRAM_FOLDER)" "$(DESTDIR)$(PREFIX)/bin"
	install -m 755 "$(BUILT)/edit-cli" "$(PROGRAM_FOLDER)/edit-cli"
	for part in Core Workbench; do \
		rm -rf "$(PROGRAM_FOLDER)/Retouch_$$part.resources" && \
		cp -R "$(BUILT)/Retouch_$$part.resources" "$(PROGRAM_FOLDER)/" || exit 1; \
	done
	ln -sfn ../lib/retouch/edit-cli "$(DESTDIR)$(PREFIX)/bin/edit-cli"
	Packaging/extras "$(PROGRAM_FOLDER)/edit-cli" "$(SHARE)"

uninstall:
	rm -rf "$(PROGRAM_FOLDER)"
	rm -f "$(DESTDIR)$(PREFIX)/bin/edit-cli" "$(SHARE)/bash-completion/completions/edit-cli" \
		"$(SHARE)/zsh/site-functions/_edit-cli" "$(SHARE)/fish/vendor_completions.d/edit-cli.fish"
	rm -f "$(SHARE)/man/man1/edit-cli.1.gz" "$(SHARE)"/man/man1/edit-cli-*.1.gz

# A package of Debian's in .build, of a program that needs no Swift. In .build itself in place of PACKAGE_FOLDER what is C need not be built
# again, but what is built there next is.
PACKAGE_FOLDER = .build/package
PACKAGE_BUILD = $(SWIFT) build -c release --static-swift-stdlib --scratch-path $(PACKAGE_FOLDER)
deb: setup
	$(PACKAGE_BUILD) --product edit-cli
	Packaging/deb "$$($(PACKAGE_BUILD) --show-bin-path)" .build

setup:
	@if ! { command -v pkg-config && pkg-config --exists $(LIBRARIES) && test -e $(FONT); } >/dev/null 2>&1; then \
		if ! command -v apt-get >/dev/null; then \
			echo "make: needs pkg-config, $(LIBRARIES) (development files) and a font; install them with your package manager" >&2; \
			exit 1; \
		fi; \
		as_root=; test "$$(id -u)" = 0 || as_root=sudo; \
		$$as_root apt-get update -qq && \
		$$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(PACKAGES); \
	fi

setup-tests:
	@$(call install_missing,$(TEST_PROGRAMS),$(TEST_PACKAGES))

setup-companions:
	@$(call install_missing,$(COMPANION_PROGRAMS),$(COMPANION_PACKAGES))

# The tests' Python packages have a folder of their own; selenium is Debian's.
setup-browser:
	@if ! /usr/bin/python3 -c 'import selenium, venv, ensurepip' 2>/dev/null; then $(call install_missing,no-such-program,$(BROWSER_PACKAGES)); fi
	@$(call install_missing,$(BROWSER_PROGRAMS),$(BROWSER_PACKAGES))
	@if ! $(BROWSER_TESTS)/.venv/bin/python -c 'import axe_selenium_python, schemathesis' >/dev/null 2>&1; then \
		/usr/bin/python3 -m venv --clear --system-site-packages $(BROWSER_TESTS)/.venv && \
		$(BROWSER_TESTS)/.venv/bin/pip install -q --no-deps axe-selenium-python==2.1.6 && \
		$(BROWSER_TESTS)/.venv/bin/pip install -q 'schemathesis>=4,<5'; \
	fi

format:
	$(SWIFT) format -i -r $(FORMATTED)

lint:
	$(SWIFT) format lint --strict -r $(FORMATTED)

clean:
	rm -rf .build Examples/demo/output
