// Live pages. htmx holds the stream, waits in a hidden tab, reconnects, and swaps the fragments that
// the server renders; this file says how the line is and reads out a milestone once.
import "htmx.org";
import "htmx.org/dist/ext/hx-sse.js";

const RETRY_MS = 4000;
// A server that sends "beat" events is taken for lost when it falls silent for this long.
const SILENCE_MS = 45000;
// What is left of the time moves without votes, so a page that is seen is drawn anew this often.
const MINUTE_MS = 60000;
// Tells the server of which moment this page knows, so that a fragment is never older than that.
const SEEN = "Muster-Seen";
const GONE = new Set([401, 403, 404, 410]);

const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  timeZone: "Europe/London",
});

function watch(line) {
  const words = line.querySelector("[data-live-words]");
  const announcer = line.querySelector("[data-live-announcer]");
  const told = new Set(milestones());
  let heardAt = Date.now();
  let beats = false;
  let connection = null;
  let seen = null;

  function say(state) {
    if (["closed", "lost"].includes(words.dataset.state)) return;
    words.dataset.state = state;
    words.textContent = words.dataset[state].replace("{time}", clock.format(heardAt));
  }

  function hear() {
    heardAt = Date.now();
    say("live");
  }

  line.addEventListener("htmx:sse:before:connection", () => connection && say("reconnecting"));
  line.addEventListener("htmx:sse:after:connection", (event) => {
    connection = event.detail.connection;
    hear();
  });
  line.addEventListener("htmx:sse:before:message", (event) => {
    const message = event.detail.message;
    beats ||= message.event === "beat";
    if (message.event === "turnout") {
      const turnout = JSON.parse(message.data);
      const isNews = seen || line.dataset.shown !== `${turnout.votes_cast}/${turnout.entitled}`;
      // The first event says where things stand: a page that shows just that fetches nothing.
      if (!isNews) event.preventDefault();
      seen = turnout.as_at;
    }
    hear();
  });
  line.addEventListener("htmx:sse:error", (event) => {
    say(GONE.has(event.detail.status) ? "lost" : "reconnecting");
  });
  line.addEventListener("htmx:sse:close", (event) => {
    say(event.detail.reason === "message" ? "closed" : "lost");
  });

  // The very first request is htmx's own, which does not try again by itself.
  const failed = (event) => {
    const status = event.detail.ctx.response?.status;
    say(GONE.has(status) ? "lost" : "reconnecting");
    if (!GONE.has(status)) setTimeout(() => line.dispatchEvent(new Event("retry")), RETRY_MS);
  };
  line.addEventListener("htmx:error", failed);
  line.addEventListener("htmx:response:error", failed);

  setInterval(() => {
    const silent = beats && Date.now() - heardAt > SILENCE_MS;
    if (silent && !document.hidden && words.dataset.state === "live") {
      say("reconnecting");
      connection?.reader?.cancel();
    }
  }, 5000);

  setInterval(() => {
    const seenNow = !document.hidden && words.dataset.state === "live";
    if (seenNow) document.dispatchEvent(new Event("minute"));
  }, MINUTE_MS);

  document.addEventListener("htmx:config:request", (event) => {
    if (seen) event.detail.ctx.request.headers[SEEN] = seen;
  });

  document.addEventListener("htmx:after:swap", () => {
    const fresh = milestones().filter((sentence) => !told.has(sentence));
    for (const sentence of fresh) told.add(sentence);
    if (fresh.length) announcer.textContent = fresh.join(" ");
  });
}

function milestones() {
  return Array.from(document.querySelectorAll("[data-milestone]"), (mark) => mark.textContent.trim())
    .filter(Boolean);
}

document.querySelectorAll("[data-live-line]").forEach(watch);
