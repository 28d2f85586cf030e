// Talks to the server. Every failure becomes an Error whose message is the server's own sentence.

export async function call(method, path, body, options = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { 'Content-Type': options.type ?? 'application/json' },
      body: body === undefined ? undefined : options.type ? body : JSON.stringify(body),
      signal: options.signal,
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Error('The workbench does not answer; is edit-cli serve still running?');
  }
  if (!response.ok) throw new Error(await sentence(response));
  if (response.status === 204) return null;
  if (options.raw) return response;
  return response.json();
}

async function sentence(response) {
  try {
    const { error } = await response.json();
    return error.message;
  } catch {
    return `The workbench answered with status ${response.status}.`;
  }
}

export const get = (path, options) => call('GET', path, undefined, options);
export const post = (path, body) => call('POST', path, body);
export const put = (path, body, options) => call('PUT', path, body, options);
export const patch = (path, body) => call('PATCH', path, body);
export const remove = (path) => call('DELETE', path);

// Sends a file with a report of how far it is; fetch cannot say that, XMLHttpRequest can.
export function upload(file, onProgress) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.upload.onload = () => onProgress(1);
    request.onload = () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* said below */ }
      if (request.status === 201) resolve(answer);
      else reject(new Error(answer.error?.message ?? `The workbench answered with status ${request.status}.`));
    };
    request.onerror = () => reject(new Error('The file broke off on its way; try again.'));
    request.onabort = () => reject(new DOMException('stopped', 'AbortError'));
    request.open('POST', `/api/uploads?name=${encodeURIComponent(file.name)}`);
    request.send(file);
  });
  return { done, cancel: () => request.abort() };
}

// Events of a session. The browser comes back by itself with the number of the last one.
export function listen(session, handlers) {
  const source = new EventSource(`/api/sessions/${session}/events`);
  for (const [name, handle] of Object.entries(handlers)) {
    if (name === 'line') continue;
    source.addEventListener(name, (event) => handle(JSON.parse(event.data)));
  }
  source.onopen = () => handlers.line(true);
  source.onerror = () => handlers.line(false);
  return source;
}
