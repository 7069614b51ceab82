// Live pages: htmx keeps the stream and swaps fragments; this file says how the line is.
import "htmx.org";
import "htmx.org/dist/ext/hx-sse.js";
