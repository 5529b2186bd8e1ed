'use strict';

(() => {
  const byId = id => document.getElementById(id);
  const REASONS = {
    BUY_AGAIN: 'Buy again',
    BOUGHT_TOGETHER: 'Bought with',
    SIMILAR: 'Similar to',
    POPULAR: 'Popular',
    OTHER: 'For another reason',
  };
  const PHASES = {
    starting: 'Starting',
    running: 'Live',
    ended: 'The rows have ended',
    lost: 'No connection, trying again',
  };
  const SECONDS_SHOWN = 60;
  const LEAST_SECONDS = 15;
  const BASKETS_SHOWN = 6;
  const PEOPLE_SHOWN = 24;

  const day = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'long', year: 'numeric' });
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', hour: '2-digit', minute: '2-digit' });
  const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
  const tenths = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const rate = new Intl.NumberFormat('en', { minimumFractionDigits: 3, maximumFractionDigits: 3 });

  const state = {
    person: null,
    chosen: false,
    tag: null,
    shown: null,
    before: null,
    all: false,
    phase: 'starting',
    ticks: 0,
    asked: 0,
    listed: 0,
    listing: 0,
    refreshing: null,
    history: { rows: [], feeds: [] },
  };

  // Whatever comes from the stream becomes text, never markup.
  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value !== null && value !== undefined) {
        element.setAttribute(name, value);
      }
    }
    for (const child of children) {
      if (child !== null && child !== undefined) {
        element.append(child);
      }
    }
    return element;
  }

  const moment = iso => {
    const date = new Date(iso);
    const time = clock.format(date);
    return day.format(date) + (time === '00:00' ? '' : ', ' + time);
  };

  const plural = (count, one, many) => whole.format(count) + ' ' + (count === 1 ? one : many);

  // The figures.

  function figure(name, value, below) {
    const box = document.querySelector('[data-figure="' + name + '"]');
    box.querySelector('b').textContent = value;
    box.querySelector('small').textContent = below;
    return box;
  }

  function speed(name, perSecond, total, words) {
    const points = state.history[name];
    points.push(perSecond);
    if (points.length > SECONDS_SHOWN) {
      points.shift();
    }
    const most = Math.max(1e-9, ...points);
    const box = figure(name, (perSecond < 100 && perSecond > 0 ? tenths : whole).format(perSecond), whole.format(total) + ' ' + words);
    const step = 60 / Math.max(LEAST_SECONDS, points.length - 1);
    const from = 60 - step * (points.length - 1);
    box.querySelector('polyline').setAttribute(
      'points', points.length < 2 ? '' : points.map((value, i) => (from + step * i).toFixed(1) + ',' + (22 - 20 * value / most).toFixed(1)).join(' '));
  }

  function versus(name, own, popularity) {
    if (own === null) {
      figure(name, '–', 'nothing to judge yet');
      return;
    }
    const box = figure(name, rate.format(own), 'popularity ' + rate.format(popularity));
    const [ours, theirs] = box.querySelectorAll('.versus i');
    const most = Math.max(own, popularity, 1e-9);
    ours.style.width = 100 * own / most + '%';
    theirs.style.width = 100 * popularity / most + '%';
  }

  function showFigures(figures) {
    showPhase(figures.phase);
    byId('event-time').textContent = figures.event_time ? 'Feeds up to ' + moment(figures.event_time) : '';
    speed('rows', figures.per_second.rows_read, figures.totals.rows_read, 'read');
    speed('feeds', figures.per_second.recommendations, figures.totals.recommendations, 'made');
    figure('people', whole.format(figures.totals.people), whole.format(figures.people_kept) + ' kept here');
    figure('items', whole.format(figures.totals.items), plural(figures.totals.baskets, 'basket', 'baskets'));
    versus('hits', figures.quality.hit_rate_at_k, figures.quality.popularity_hit_rate_at_k);
    versus('recall', figures.quality.recall_at_k, figures.quality.popularity_recall_at_k);
  }

  function showPhase(phase) {
    state.phase = phase;
    const place = byId('phase');
    if (place.dataset.phase !== phase) {
      place.dataset.phase = phase;
      place.textContent = PHASES[phase] || phase;
    }
  }

  // The people.

  async function listPeople() {
    const prefix = byId('search').value.trim();
    const asked = ++state.asked;
    state.listing++;
    try {
      const answer = await fetch('/people?limit=' + PEOPLE_SHOWN + '&prefix=' + encodeURIComponent(prefix));
      if (answer.ok) {
        drawPeople(asked, prefix, (await answer.json()).people);
      }
    } finally {
      state.listing--;
    }
  }

  function drawPeople(asked, prefix, found) {
    // An answer that was overtaken by a later one is of no use; one that is merely slow is.
    if (asked < state.listed) {
      return;
    }
    state.listed = asked;
    byId('list-title').textContent = prefix === '' ? 'Newest feeds' : found.length === 0 ? 'Nobody’s name begins so' : 'Names that begin so';
    byId('people').replaceChildren(...found.map(person => make('li', {}, make(
      'a',
      {
        href: '/?person=' + encodeURIComponent(person.user_id),
        'aria-label': person.user_id + ', ' + plural(person.rows, 'purchase', 'purchases') + ' shown',
        'aria-current': person.user_id === state.person ? 'true' : null,
      },
      make('span', {}, person.user_id),
      make('span', { title: 'Purchases that are kept' }, whole.format(person.rows))))));
    if (state.person === null && !state.chosen) {
      // Whoever has the most to show.
      const best = found.filter(person => person.feed_event_time).sort((a, b) => b.rows - a.rows)[0];
      if (best) {
        show(best.user_id);
      }
    }
  }

  function mark() {
    for (const link of byId('people').querySelectorAll('a')) {
      if (link.querySelector('span').textContent === state.person) {
        link.setAttribute('aria-current', 'true');
      } else {
        link.removeAttribute('aria-current');
      }
    }
  }

  // One person.

  function show(person) {
    state.person = person;
    state.tag = null;
    state.shown = null;
    state.before = null;
    state.all = false;
    document.title = person + ' · Millrace';
    mark();
    refresh();
  }

  async function refresh() {
    const person = state.person;
    if (person === null || state.refreshing === person) {
      return;
    }
    state.refreshing = person;
    try {
      await ask(person);
    } finally {
      if (state.refreshing === person) {
        state.refreshing = null;
      }
    }
  }

  async function ask(person) {
    const answer = await fetch('/people/' + encodeURIComponent(person), {
      headers: state.tag ? { 'If-None-Match': state.tag } : {},
      cache: 'no-store',
    });
    if (person !== state.person || answer.status === 304) {
      return;
    }
    if (!answer.ok) {
      byId('name').textContent = person;
      byId('as-of').textContent = 'Nobody of that name is known here now. People appear with their first purchase.';
      for (const part of ['bought', 'feed', 'mix']) {
        byId(part).replaceChildren();
      }
      return;
    }
    state.tag = answer.headers.get('ETag');
    const next = await answer.json();
    if (state.shown && state.shown.feed && (!next.feed || next.feed.event_time !== state.shown.feed.event_time)) {
      state.before = new Set(state.shown.feed.items.map(item => item.item_id));
    }
    state.shown = next;
    draw();
  }

  function draw() {
    const person = state.shown;
    byId('name').textContent = person.user_id;
    byId('as-of').textContent = person.feed
      ? 'Feed as of ' + moment(person.feed.event_time)
      : 'No feed yet: it comes when the first basket is closed.';
    drawBought(person);
    drawFeed(person);
  }

  function drawBought(person) {
    const baskets = state.all ? person.baskets : person.baskets.slice(0, BASKETS_SHOWN);
    const parts = baskets.map(basket => {
      const foretold = basket.items.filter(item => item.recommended_at !== null).length;
      const since = !person.feed || basket.event_time > person.feed.event_time;
      return make('section', { class: 'basket' },
        make('h4', {}, moment(basket.event_time),
          make('span', {}, basket.judged
            ? foretold + ' of ' + basket.items.length + ' in the feed before'
            : since ? 'not yet in the feed' : '')),
        make('ul', {}, ...basket.items.map(item => make('li', { 'data-item': item.item_id },
          make('span', {}, item.title, item.available ? null : make('small',
            { class: 'gone', title: 'Not to be had: it is in no feed until it is back' }, 'gone')),
          item.recommended_at === null ? null : make('span',
            { class: 'was', title: 'Was at place ' + item.recommended_at + ' of the feed before' },
            String(item.recommended_at))))));
    });
    if (baskets.length < person.baskets.length) {
      const more = make('button', { class: 'more', type: 'button' },
        plural(person.baskets.length - baskets.length, 'earlier basket', 'earlier baskets'));
      more.addEventListener('click', () => {
        state.all = true;
        draw();
      });
      parts.push(more);
    }
    byId('bought').replaceChildren(...parts);
  }

  function why(item, person) {
    if (item.because_of) {
      return item.because_of.title;
    }
    if (item.reason === 'POPULAR') {
      return 'many people buy it now';
    }
    if (item.reason !== 'BUY_AGAIN') {
      return '';
    }
    const had = person.baskets.filter(basket => basket.items.some(bought => bought.item_id === item.item_id));
    if (had.length === 0) {
      return 'bought before';
    }
    const last = day.format(new Date(had[0].event_time));
    return had.length === 1 ? 'bought on ' + last : 'in ' + had.length + ' baskets, last on ' + last;
  }

  function drawFeed(person) {
    if (!person.feed) {
      byId('mix').replaceChildren();
      byId('feed').replaceChildren();
      return;
    }
    const counts = new Map();
    for (const item of person.feed.items) {
      counts.set(item.reason, (counts.get(item.reason) || 0) + 1);
    }
    byId('mix').replaceChildren(make('ul', { 'aria-label': 'Reasons' },
      ...[...counts].sort((a, b) => b[1] - a[1]).map(([reason, count]) => make(
        'li', { 'data-reason': reason }, count + ' ' + (REASONS[reason] || reason).toLowerCase().replace(/ (to)$/, '')))));
    byId('feed').replaceChildren(...person.feed.items.map((item, i) => make('li',
      { 'data-item': item.item_id, 'data-because': item.because_of ? item.because_of.item_id : item.item_id, 'data-reason': item.reason },
      make('span', { class: 'rank' }, String(i + 1)),
      make('span', { class: 'title' }, item.title,
        state.before && !state.before.has(item.item_id) ? make('span', { class: 'new' }, 'new') : null),
      make('span', { class: 'why' },
        make('b', {}, REASONS[item.reason] || item.reason),
        make('span', {}, why(item, person))))));
  }

  // What a place of the feed comes from lights up on the other side, and the other way round.
  function link(event) {
    const row = event.target.closest ? event.target.closest('[data-item]') : null;
    for (const lit of document.querySelectorAll('.linked')) {
      lit.classList.remove('linked');
    }
    if (!row) {
      return;
    }
    const own = row.dataset.because || row.dataset.item;
    for (const other of document.querySelectorAll('#bought [data-item], #feed [data-item]')) {
      const theirs = other.dataset.because || other.dataset.item;
      if (theirs === own && (other === row || Boolean(other.dataset.because) !== Boolean(row.dataset.because))) {
        other.classList.add('linked');
      }
    }
  }

  // The stream of figures is the page's pulse; a page that nobody sees needs none.
  let stream = null;

  function listen() {
    if (stream) {
      stream.close();
      stream = null;
    }
    if (document.hidden) {
      return;
    }
    stream = new EventSource('/rates');
    stream.addEventListener('rates', event => {
      const ended = state.phase === 'ended';
      showFigures(JSON.parse(event.data));
      const people = byId('people');
      const busy = people.parentElement.matches(':hover, :focus-within');
      const few = people.childElementCount === 0 || state.person === null;
      if (state.listing === 0 && (few || (!ended && !busy && state.ticks % 5 === 0))) {
        listPeople().catch(lost);
      }
      if (!ended || !state.shown || state.phase !== 'ended') {
        refresh().catch(lost);
      }
      state.ticks++;
    });
    stream.addEventListener('error', lost);
  }

  function lost() {
    showPhase('lost');
  }

  function follow() {
    const asked = new URLSearchParams(location.search).get('person');
    state.chosen = Boolean(asked);
    if (asked) {
      show(asked);
    }
  }

  document.addEventListener('visibilitychange', listen);
  document.addEventListener('mouseover', link);
  window.addEventListener('popstate', follow);
  byId('people').addEventListener('click', event => {
    const chosen = event.target.closest('a');
    if (chosen && event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      history.pushState(null, '', chosen.getAttribute('href'));
      follow();
    }
  });
  let typed = 0;
  byId('search').addEventListener('input', () => {
    clearTimeout(typed);
    typed = setTimeout(() => listPeople().catch(lost), 150);
  });
  byId('find').addEventListener('submit', event => {
    event.preventDefault();
    const first = byId('people').querySelector('a');
    if (first) {
      first.click();
    }
  });

  follow();
  listen();
})();
