// The program that does what the user just did, to be copied. It never has the token: it reads TOKEN.
import { sessionOf } from './conversation.js';

/**
 * @param did url, model, withToken, wish (instructions, voice) and steps: {say} or {speak}
 * @returns {{name: string, run: string, text: string}}
 */
export function javascript(did) {
  const speaks = did.steps.some((step) => step.speak);
  const lines = [];
  if (speaks) lines.push(`import { readFileSync } from 'node:fs';`, '');
  lines.push(`const ws = new WebSocket(${literal(urlOf(did))});`);
  lines.push(`const send = (event) => ws.send(JSON.stringify(event));`);
  if (speaks) {
    lines.push(
      '',
      '// A recording in place of your microphone: WAV, PCM16, mono, 24 kHz.',
      'const wav = readFileSync(process.argv[2]);',
      "const speech = Buffer.concat([wav.subarray(wav.indexOf('data') + 8), Buffer.alloc(48_000)]); // and 1 s of silence",
    );
  }
  lines.push('', 'const steps = [');
  for (const step of did.steps) lines.push(step.speak ? '  speak,' : `  () => say(${literal(step.say)}),`);
  lines.push('];', '');
  if (did.steps.some((step) => step.say)) {
    lines.push(
      'function say(text) {',
      '  send({',
      "    type: 'conversation.item.create',",
      "    item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] },",
      '  });',
      "  send({ type: 'response.create' });",
      '}',
      '',
    );
  }
  if (speaks) {
    lines.push(
      'function speak() {',
      '  for (let at = 0; at < speech.length; at += 4_800) {',
      "    const audio = speech.subarray(at, at + 4_800).toString('base64'); // 100 ms",
      "    send({ type: 'input_audio_buffer.append', audio });",
      '  }',
      '}',
      '',
    );
  }
  lines.push(
    did.withToken
      ? "ws.onopen = () => send({ type: 'authenticate', token: process.env.TOKEN });"
      : "ws.onopen = () => send({ type: 'connect_realtime' });",
    '',
    'ws.onmessage = ({ data }) => {',
    '  const event = JSON.parse(data);',
    '  switch (event.type) {',
  );
  if (did.withToken) lines.push("    case 'auth_success':", "      send({ type: 'connect_realtime' });", '      break;');
  lines.push(
    "    case 'session.created':",
    "      send({ type: 'session.update', session });",
    '      steps.shift()?.();',
    '      break;',
    "    case 'conversation.item.input_audio_transcription.completed':",
    "      console.log('You:', event.transcript);",
    '      break;',
    "    case 'response.output_audio_transcript.done':",
    "      console.log('Donna:', event.transcript);",
    '      break;',
    "    case 'response.output_audio.delta': // event.delta is PCM16 at 24 kHz, in base64",
    '      break;',
    "    case 'response.done':",
    '      if (steps.length > 0) steps.shift()();',
    '      else ws.close(1000);',
    '      break;',
    "    case 'auth_error':",
    "    case 'error':",
    '      console.error(event.error);',
    '      break;',
    '  }',
    '};',
    '',
    `const session = ${unquoted(JSON.stringify(sessionOf(did.wish), null, 2))};`,
    '',
  );
  return { name: 'talk.mjs', run: `${environment(did)}node talk.mjs${speaks ? ' question.wav' : ''}`, text: lines.join('\n') };
}

export function java(did) {
  const speaks = did.steps.some((step) => step.speak);
  const says = did.steps.some((step) => step.say);
  const steps = did.steps.map((step) => (step.speak ? 'this::speak' : `() -> say(${javaString(step.say)})`));
  const lines = [
    'import java.net.URI;',
    'import java.net.http.HttpClient;',
    'import java.net.http.WebSocket;',
  ];
  if (speaks) lines.push('import java.nio.file.Files;', 'import java.nio.file.Path;', 'import java.util.Arrays;', 'import java.util.Base64;');
  lines.push(
    'import java.util.ArrayDeque;',
    'import java.util.List;',
    'import java.util.Queue;',
    'import java.util.concurrent.CompletionStage;',
    'import java.util.concurrent.CountDownLatch;',
    'import java.util.regex.Matcher;',
    'import java.util.regex.Pattern;',
    '',
    'public class Talk implements WebSocket.Listener {',
    '  private final Queue<Runnable> steps =',
    `      new ArrayDeque<>(List.of(${steps.join(', ')}));`,
    '  private final StringBuilder message = new StringBuilder();',
    '  private final CountDownLatch over = new CountDownLatch(1);',
  );
  if (speaks) lines.push('  private final byte[] speech;');
  lines.push('  private WebSocket socket;', '');
  if (speaks) {
    lines.push(
      '  /** A recording in place of your microphone: WAV, PCM16, mono, 24 kHz; and 1 s of silence. */',
      '  Talk(Path recording) throws Exception {',
      '    byte[] wav = Files.readAllBytes(recording);',
      '    speech = Arrays.copyOfRange(wav, 44, wav.length + 48_000);',
      '  }',
      '',
    );
  }
  lines.push(
    '  public static void main(String[] arguments) throws Exception {',
    `    Talk talk = new Talk(${speaks ? 'Path.of(arguments[0])' : ''});`,
    '    HttpClient.newHttpClient()',
    '        .newWebSocketBuilder()',
    `        .buildAsync(URI.create(${javaString(urlOf(did))}), talk)`,
    '        .join();',
    '    talk.over.await();',
    '    System.exit(0);',
    '  }',
    '',
    '  @Override',
    '  public void onOpen(WebSocket opened) {',
    '    socket = opened;',
    did.withToken
      ? `    send("{\\"type\\":\\"authenticate\\",\\"token\\":" + quoted(System.getenv("TOKEN")) + "}");`
      : '    send("{\\"type\\":\\"connect_realtime\\"}");',
    '    socket.request(1);',
    '  }',
    '',
    '  private void onEvent(String type, String json) {',
    '    switch (type) {',
  );
  if (did.withToken) lines.push('      case "auth_success" -> send("{\\"type\\":\\"connect_realtime\\"}");');
  lines.push(
    '      case "session.created" -> {',
    '        send(SESSION);',
    '        next();',
    '      }',
    '      case "conversation.item.input_audio_transcription.completed" ->',
    '          System.out.println("You: " + field("transcript", json));',
    '      case "response.output_audio_transcript.done" ->',
    '          System.out.println("Donna: " + field("transcript", json));',
    '      case "response.output_audio.delta" -> {} // "delta" is PCM16 at 24 kHz, in base64',
    '      case "response.done" -> next();',
    '      case "auth_error", "error" -> System.err.println(json);',
    '      default -> {}',
    '    }',
    '  }',
    '',
    '  private void next() {',
    '    if (steps.isEmpty()) {',
    '      socket.sendClose(WebSocket.NORMAL_CLOSURE, "");',
    '      over.countDown();',
    '    } else {',
    '      steps.remove().run();',
    '    }',
    '  }',
    '',
  );
  if (says) {
    lines.push(
      '  private void say(String text) {',
      '    send(',
      '        """',
      '        {"type":"conversation.item.create","item":{"type":"message","role":"user",\\',
      '        "content":[{"type":"input_text","text":%s}]}}"""',
      '            .formatted(quoted(text)));',
      '    send("{\\"type\\":\\"response.create\\"}");',
      '  }',
      '',
    );
  }
  if (speaks) {
    lines.push(
      '  private void speak() {',
      '    for (int at = 0; at < speech.length; at += 4_800) { // 100 ms',
      '      byte[] part = Arrays.copyOfRange(speech, at, Math.min(at + 4_800, speech.length));',
      '      String audio = Base64.getEncoder().encodeToString(part);',
      '      send("{\\"type\\":\\"input_audio_buffer.append\\",\\"audio\\":\\"" + audio + "\\"}");',
      '    }',
      '  }',
      '',
    );
  }
  lines.push(
    '  private void send(String json) {',
    '    socket.sendText(json, true).join();',
    '  }',
    '',
    '  @Override',
    '  public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {',
    '    message.append(part);',
    '    if (last) {',
    '      String json = message.toString();',
    '      message.setLength(0);',
    '      onEvent(field("type", json), json);',
    '    }',
    '    from.request(1);',
    '    return null;',
    '  }',
    '',
    '  @Override',
    '  public CompletionStage<?> onClose(WebSocket from, int code, String reason) {',
    '    System.out.println("closed: " + code + " " + reason);',
    '    over.countDown();',
    '    return null;',
    '  }',
    '',
    '  @Override',
    '  public void onError(WebSocket from, Throwable fault) {',
    '    fault.printStackTrace();',
    '    over.countDown();',
    '  }',
    '',
    '  /** The first field of this name; a program that does more reads JSON with a library. */',
    '  private static String field(String name, String json) {',
    String.raw`    String string = "\"([^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+)\"";`,
    String.raw`    Matcher found = Pattern.compile("\"" + name + "\":\\s*" + string).matcher(json);`,
    '    return found.find() ? found.group(1) : "";',
    '  }',
    '',
    '  private static String quoted(String text) {',
    '    StringBuilder json = new StringBuilder("\\"");',
    `    text.chars().forEach(c -> json.append(c < ' ' || c == '"' || c == '\\\\' ? "\\\\u%04x".formatted(c) : (char) c));`,
    '    return json.append(\'"\').toString();',
    '  }',
    '',
    '  private static final String SESSION =',
    '      """',
    ...textBlock({ type: 'session.update', session: sessionOf(did.wish) }),
    '}',
    '',
  );
  return { name: 'Talk.java', run: `${environment(did)}java Talk.java${speaks ? ' question.wav' : ''}`, text: lines.join('\n') };
}

function urlOf({ url, model }) {
  const whole = new URL(url);
  if (model) whole.searchParams.set('model', model);
  return whole.href;
}

const environment = ({ withToken }) => (withToken ? 'TOKEN=$(./donna token --sub me) ' : '');

/** A literal of JavaScript's, in single quotes. */
function literal(text) {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** A literal of Java's, which reads \u before anything else: no such escape is written. */
function javaString(text) {
  const escaped = JSON.stringify(text)
    .slice(1, -1)
    .replace(/\\u[0-9a-f]{4}/g, (escape) => `\\${parseInt(escape.slice(2), 16).toString(8).padStart(3, '0')}`);
  return `"${escaped}"`;
}

/** JSON in lines of a text block, whose own escapes are written twice. */
function textBlock(event) {
  const json = JSON.stringify(event, null, 2).replaceAll('\\', '\\\\').split('\n');
  return [...json.slice(0, -1).map((line) => `      ${line}`), `      ${json.at(-1)}""";`];
}

/** JSON as people write objects in JavaScript. */
const unquoted = (json) => json.replace(/"([A-Za-z_]+)":/g, '$1:');
