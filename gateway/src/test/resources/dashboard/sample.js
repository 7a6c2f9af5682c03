// An afternoon of a gateway that does not exist, for the pictures in the documents: stands in the
// page for the API and its events. The numbers are the same each time.
(() => {
  let seed = 7;
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed / 2 ** 31;
  };
  const between = (low, high) => low + random() * (high - low);
  const whole = (low, high) => Math.round(between(low, high));
  const pick = (list) => list[Math.floor(random() * list.length)];
  const ago = (ms) => new Date(Date.now() - ms).toISOString();

  const USERS = ['amelia.hart', 'noah.lindqvist', 'priya.raman', 'jonas.weber', 'sofia.marin', 'liam.okafor', 'mei.tanaka', 'lucas.moreau', 'ines.costa', 'user-48213', null];
  const MODELS = ['gpt-realtime-2.1', 'gpt-realtime-2.1', 'gpt-realtime-mini'];

  function turnsUntil(length) {
    const turns = [];
    let at = 900;
    while (at < length) {
      const previous = turns.at(-1);
      const byTool = previous?.tools.length > 0;
      const speaks = !byTool && random() < 0.8;
      const speech = speaks ? whole(1_300, 3_600) : 0;
      const wait = random() < 0.1 ? whole(1_600, 2_300) : whole(420, 860);
      const tool = !byTool && random() < 0.16;
      const first = at + speech + wait;
      const audio = tool ? 0 : whole(2_600, 6_200);
      const cut = !tool && random() < 0.2 ? first + Math.round(audio * between(0.35, 0.75)) : null;
      const over = (ms) => (ms !== null && ms <= length ? ms : null);
      const turn = {
        number: turns.length + 1,
        trigger: byTool ? 'tool' : speaks ? 'server_vad' : 'text',
        speechStartMs: speaks ? at : null,
        speechEndMs: speaks ? over(at + speech) : null,
        requestMs: over(at + speech),
        startedMs: over(at + speech + 110),
        firstOutputMs: over(first - 40),
        firstAudioMs: tool ? null : over(first),
        endMs: over(tool ? first + 160 : cut ?? first + Math.round(audio * 0.45)),
        audioMs: tool ? 0 : audio,
        interruptedMs: over(cut),
        silentMs: cut === null ? null : over(cut + whole(40, 120)),
        waitMs: tool || first > length ? null : wait,
        status: tool || cut === null ? 'completed' : 'cancelled',
        tools: tool && first + 160 <= length ? [pick(['find_order', 'book_table', 'opening_hours'])] : [],
        inputTokens: whole(180, 700),
        outputTokens: tool ? whole(20, 40) : whole(90, 360),
        usd: between(0.004, 0.018),
      };
      turns.push(turn);
      at = tool ? first + whole(700, 1_900) : (turn.silentMs ?? first + audio) + (cut === null ? whole(300, 1_400) : -60);
    }
    return turns;
  }

  const calls = new Map();
  const turnsOf = new Map();
  function call(length, end = null) {
    const turns = turnsUntil(length);
    const sum = (read) => turns.reduce((total, turn) => total + read(turn), 0);
    const number = calls.size + 1;
    const session = {
      id: `019ac3f0-52c1-7${String(number).padStart(3, '0')}-a81e-${String(whole(1e11, 9e11)).padStart(12, '0')}`,
      user: pick(USERS),
      tenant: pick(['acme', 'globex', 'initech']),
      tier: pick(['gold', 'silver', 'free']),
      address: `203.0.113.xxx`,
      endpoint: '/v1/realtime',
      protocol: 'realtime',
      state: end ? 'ended' : 'live',
      begun: ago(length + (end?.ago ?? 0)),
      model: pick(MODELS),
      upstream: pick(['openai', 'azure:west']),
      turns: turns.length,
      interruptions: turns.filter((turn) => turn.interruptedMs !== null).length,
      lastWaitMs: turns.findLast((turn) => turn.waitMs !== null)?.waitMs ?? null,
      inputTokens: sum((turn) => turn.inputTokens),
      outputTokens: sum((turn) => turn.outputTokens),
      usd: sum((turn) => turn.usd),
      end: end && { time: ago(end.ago), code: end.code, reason: end.reason, operatorReason: end.operatorReason ?? null },
    };
    calls.set(session.id, session);
    turnsOf.set(session.id, turns.slice(-50));
    return session;
  }

  const shown = call(50_000);
  Object.assign(shown, { user: 'amelia.hart', model: 'gpt-realtime-2.1', tier: 'gold', begun: ago(73_500) });
  // One call as it should be seen: cut in, a tool, a long wait, and an answer that is being heard.
  [
    { trigger: 'server_vad', speech: [50_300, 52_700], first: 53_290, audioMs: 6_200, interruptedMs: 56_600, silentMs: 56_690 },
    { trigger: 'server_vad', speech: [56_540, 58_900], first: null, endMs: 59_700, audioMs: 0, tools: ['find_order'] },
    { trigger: 'tool', request: 61_300, first: 61_850, audioMs: 4_600 },
    { trigger: 'server_vad', speech: [67_200, 69_800], first: 71_440, audioMs: 9_300 },
  ].forEach(({ speech, request, first, ...turn }) => {
    const asked = request ?? speech[1];
    turnsOf.get(shown.id).push({
      number: ++shown.turns,
      speechStartMs: speech?.[0] ?? null,
      speechEndMs: speech?.[1] ?? null,
      requestMs: asked,
      startedMs: asked + 120,
      firstOutputMs: first ?? asked + 600,
      firstAudioMs: first,
      endMs: turn.interruptedMs ?? (first ?? 0) + Math.round(turn.audioMs * 0.2),
      interruptedMs: null,
      silentMs: null,
      waitMs: first === null ? null : first - asked,
      status: turn.interruptedMs ? 'cancelled' : 'completed',
      tools: [],
      inputTokens: 412,
      outputTokens: 230,
      usd: 0.0125,
      ...turn,
    });
    shown.usd += 0.0125;
  });
  shown.interruptions++;
  shown.lastWaitMs = 1_640;
  for (let i = 0; i < 46; i++) call(whole(8_000, 420_000));
  const ENDS = [
    [1000, ''],
    [1000, 'The client closed'],
    [1001, 'The client went away'],
    [1006, 'The connection was lost'],
    [4030, 'Ended by an operator', 'abuse of the free tier'],
    [1008, 'The session limit of 30 minutes is reached'],
    [1011, 'The upstream failed'],
  ];
  for (let i = 0; i < 40; i++) {
    const [code, reason, operatorReason] = pick(ENDS);
    call(whole(8_000, 300_000), { code, reason, operatorReason, ago: (i + 1) * 41_000 });
  }
  const all = [...calls.values()];
  globalThis.sampleCall = shown.id;

  const now = (back) => {
    const at = Date.now() - 1_000 * back;
    const wave = Math.sin(back / 140) + 0.5 * Math.sin(back / 47);
    const live = Math.round(47 + (back === 0 ? 0 : 9 * Math.sin(back / 210) + 3 * Math.sin(back / 31)));
    return {
      time: new Date(at).toISOString(),
      version: '0.1.0',
      replica: null,
      others: [],
      unheard: 0,
      sessions: { authenticating: 1, ready: 1, connecting: 0, live },
      connections: live + 2,
      refusalsPerMinute: Math.max(0, Math.round(2 + 2.6 * Math.sin(back / 90) + between(-0.6, 0.6))),
      usdPerMinute: live * 0.012 * (1 + 0.12 * wave),
      wait: { turns: 214, p50Ms: Math.round(560 + 40 * wave + between(-6, 6)), p95Ms: Math.round(1_080 + 110 * wave + between(-15, 15)) },
      loopLagMs: Number((0.5 + 0.25 * random() + (random() < 0.02 ? 1.6 : 0)).toFixed(2)),
      heldBytes: 1_240_000,
      descriptors: { open: 214, limit: 65_536 },
      upstreams: [{ name: 'openai', up: true }, { name: 'azure:west', up: true }],
      draining: false,
      switchedOn: true,
      uptimeSeconds: 93_600 - back,
    };
  };
  const EVENTS = [
    { event: 'WS_CONNECTION_ESTABLISHED', totalConnections: 49 },
    { event: 'WS_AUTH_SUCCESS', userId: 'ines.costa' },
    { event: 'WS_CONNECTION_ESTABLISHED', totalConnections: 48 },
    { event: 'WS_CONNECTION_BLOCKED_RATE_LIMIT' },
    { event: 'WS_AUTH_SUCCESS', userId: 'mei.tanaka' },
    { event: 'WS_AUTH_FAILED_INVALID_TOKEN', error: 'expired' },
    { event: 'HTTP_RATE_LIMIT_EXCEEDED', path: '/v1/realtime/client_secrets' },
  ];

  globalThis.EventSource = class extends EventTarget {
    constructor(path) {
      super();
      const send = (type, data) => this.dispatchEvent(new MessageEvent(type, { data: JSON.stringify(data) }));
      setTimeout(() => {
        this.onopen?.();
        const id = /sessions\/([^/]+)\/events/.exec(path)?.[1];
        if (id) {
          send('call', { session: calls.get(id), turns: turnsOf.get(id) });
          return;
        }
        for (let back = 890; back >= 0; back--) send('now', now(back));
        send('sessions', { all: true, rows: all.filter((one) => one.end === null), gone: [] });
        send('alerts', {
          items: [
            {
              alert: 'budget_used',
              category: 'operations',
              subject: 'free',
              since: ago(412_000),
              value: 0.97,
              threshold: 0.8,
              window: 0,
              message: 'Tier free has used 97 % of its budget (threshold: 80 %).',
            },
          ],
        });
        for (let i = 30; i > 0; i--) {
          const event = EVENTS[i % EVENTS.length];
          send('security', { ...event, ip: `203.0.113.xxx`, session: shown.id, timestamp: ago(i * 2_700) });
        }
      });
    }

    close() {}
  };

  const page = (items) => ({ items, total: items.length });
  const usage = (by, names) => {
    const items = names.map((name, i) => ({ name, tokens: Math.round(612_000 / (1 + 0.55 * i)), usd: 21.4 / (1 + 0.6 * i) }));
    const sum = (read) => items.reduce((total, item) => total + read(item), 0);
    return {
      by,
      window: 'hour',
      items,
      total: { tokens: sum((item) => item.tokens), usd: sum((item) => item.usd) },
      budgets: [{ tier: 'gold', usedRatio: 0.42 }, { tier: 'silver', usedRatio: 0.73 }, { tier: 'free', usedRatio: 0.97 }],
    };
  };
  const answers = {
    '/api/v1/me': () => ({ actor: 'local', role: 'operator' }),
    '/api/v1/sessions': () => page(all.filter((one) => one.end !== null)),
    '/api/v1/usage': () => usage('user', USERS.slice(0, 9)),
    '/api/v1/switch': () => ({ enabled: true, enabled_by_settings: true, kept: true }),
    '/api/v1/limits': () => ({ requests: 100, window_ms: 60_000, connections_per_address: 3, connections: 5_000, until: null }),
    '/api/v1/drain': () => ({ draining: false, connections: 49 }),
    '/api/v1/blocks': () =>
      page([
        { id: 'b1', user: 'caller-7f2a', until: ago(-3_000_000), reason: 'Plays recordings all night', by: 'ops@example.com' },
        { id: 'b2', address: '198.51.100.0/24', until: ago(-86_000_000), reason: 'Guesses tokens', by: 'token' },
      ]),
    '/api/v1/revocations': () => page([{ id: 'r1', sub: 'former.employee', since: ago(9_000_000), reason: 'Left the company', by: 'ops@example.com' }]),
    '/api/v1/actions': () =>
      page([
        { at: ago(600_000), ip: '192.0.2.xxx', actor: 'ops@example.com', action: 'block', target: 'user caller-7f2a, for 3600 s', reason: 'Plays recordings all night' },
        { at: ago(2_400_000), ip: '192.0.2.xxx', actor: 'ops@example.com', action: 'reload', target: '3 settings', reason: 'A tier for the trial' },
      ]),
  };
  globalThis.fetch = async (path) => {
    const [where] = path.split('?');
    const id = /sessions\/([^/]+)$/.exec(where)?.[1];
    const body = id ? { session: calls.get(id), turns: turnsOf.get(id) } : answers[where]();
    return new Response(JSON.stringify(body), { headers: { 'Content-Type': 'application/json' } });
  };
})();
