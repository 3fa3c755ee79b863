// The whole flow of a booking with types that openapi-typescript made of the contract, and openapi-fetch.
//
//     node flow.js URL PUBLIC_KEY PLATFORM_KEY ORGANIZATION_ID
//
// Prints, as JSON, the statuses that the booking went through and the ids that the platform lists.
import createClient from "openapi-fetch";
import type { components, paths } from "./contract";

declare const process: { argv: string[] };
const [url, publicKey, platformKey, organization] = process.argv.slice(2) as [string, string, string, string];

const anybody = createClient<paths>({ baseUrl: url });
const api = createClient<paths>({ baseUrl: url, headers: { "x-kordless-key": publicKey } });
const platform = createClient<paths>({ baseUrl: url, headers: { "x-kordless-key": platformKey } });

function had<T>({ data, error }: { data?: T; error?: components["schemas"]["Error"] }): T {
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data;
}

const service = { org_slug: "acme-salon", service_slug: "haircut" };
const days = { from: "2025-12-03T00:00:00Z", to: "2025-12-05T00:00:00Z" };
const email = "sarah@example.com";

had(await api.GET("/api/calendar/v1/public/org/{org_slug}", { params: { path: { org_slug: service.org_slug } } }));
const { calendarSettings } = had(
  await api.GET("/api/calendar/v1/public/org/{org_slug}/service/{service_slug}", { params: { path: service } }),
);
const { slots } = had(await api.GET("/api/calendar/v1/public/availability", { params: { query: { ...service, ...days } } }));
const slot = slots[0]!;

const create = () =>
  api.POST("/api/calendar/v1/public/bookings", {
    params: { header: { "Idempotency-Key": "flow-2" } },
    body: {
      ...service, starts_at: slot.startsAt, ends_at: slot.endsAt, timezone: calendarSettings.timezone, party_size: 1,
      contact: { name: "Sarah Johnson", email },
    },
  });
const made = had(await create()).booking;
if (had(await create()).booking.id !== made.id) throw new Error("booked twice");

const mine = { path: { confirmation_number: made.confirmation_number }, query: { contact: email } };
const found = had(
  await anybody.GET("/api/calendar/v1/public/bookings/confirmation/{confirmation_number}", { params: mine }),
).booking;
const offered = had(
  await anybody.GET("/api/calendar/v1/public/bookings/confirmation/{confirmation_number}/availability", {
    params: { path: mine.path, query: { ...mine.query, ...days } },
  }),
).slots;
const later = offered[offered.length - 1]!;
const moved = had(
  await anybody.POST("/api/calendar/v1/public/bookings/confirmation/{confirmation_number}/reschedule", {
    params: mine,
    body: { start_at: later.startsAt, end_at: later.endsAt },
  }),
).booking;
if (moved.start_at !== later.startsAt) throw new Error("not moved");
const canceled = had(
  await anybody.POST("/api/calendar/v1/public/bookings/confirmation/{confirmation_number}/cancel", { params: mine }),
).booking;

const listed = had(
  await platform.GET("/api/calendar/v1/bookings", { params: { header: { "x-organization-id": organization } } }),
).bookings;
const statuses = [made, found, moved, canceled].map((booking) => booking.status);
console.log(JSON.stringify({ id: made.id, statuses, listed: listed.map((booking) => booking.id) }));
