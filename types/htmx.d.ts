// The events of htmx 4 that our scripts listen to, with the part of their detail that they read: https://four.htmx.org/docs/#events

interface HtmxContext {
  sourceElement: Element
  request: { action: string; body?: URLSearchParams | null }
  /** There is none when the request did not get through. */
  response?: { status: number }
  text?: string
}

type HtmxEvent = CustomEvent<{ ctx: HtmxContext }>

interface WindowEventMap {
  "htmx:config:request": HtmxEvent
  "htmx:before:request": HtmxEvent
  "htmx:before:swap": HtmxEvent
  "htmx:after:swap": HtmxEvent
  "htmx:finally:request": HtmxEvent
  "htmx:response:error": HtmxEvent
  "htmx:error": HtmxEvent
}

interface Window {
  htmx?: { swap: (context: { sourceElement: Element; text: string }) => Promise<void> }
}
