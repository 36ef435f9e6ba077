import type { ReadonlySignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type {
  AutomaticBody,
  ClearingBody,
  CommunitiesBody,
  ContactBody,
  CurrenciesBody,
  DevicesBody,
  DoctorBody,
  FolderBody,
  GroupChatBody,
  GroupsBody,
  InvoicesBody,
  KeepingBody,
  LinesBody,
  MapBody,
  ObjectsBody,
  PaymentsBody,
  PeersBody,
  RatesBody,
  ReceiptsBody,
  RecoveryBody,
  RequestsBody,
  StatusBody,
} from "../../../src/api/client/index.ts";
import { api } from "./api.ts";
import { type Loaded, Resource } from "./resource.ts";

/** Everything the views show that comes from one call each. */
export interface Resources {
  readonly status: Resource<StatusBody>;
  readonly peers: Resource<PeersBody>;
  readonly map: Resource<MapBody>;
  readonly contacts: Resource<readonly ContactBody[]>;
  readonly requests: Resource<RequestsBody>;
  readonly objects: Resource<ObjectsBody>;
  readonly folders: Resource<readonly FolderBody[]>;
  readonly keeping: Resource<KeepingBody>;
  readonly doctor: Resource<DoctorBody>;
  readonly devices: Resource<DevicesBody>;
  readonly recovery: Resource<RecoveryBody>;
  readonly groups: Resource<GroupsBody>;
  readonly chats: Resource<readonly GroupChatBody[]>;
  readonly lines: Resource<LinesBody>;
  readonly currencies: Resource<CurrenciesBody>;
  readonly invoices: Resource<InvoicesBody>;
  readonly payments: Resource<PaymentsBody>;
  readonly receipts: Resource<ReceiptsBody>;
  readonly communities: Resource<CommunitiesBody>;
  readonly rates: Resource<RatesBody>;
  readonly clearing: Resource<ClearingBody>;
  readonly automatic: Resource<AutomaticBody>;
}

/** See Resources. */
export const resources: Resources = {
  status: new Resource(() => api().status(), 5_000),
  peers: new Resource(() => api().peers(), 5_000),
  map: new Resource(() => api().map(), 3_000),
  contacts: new Resource(() => api().contacts(), 15_000),
  requests: new Resource(() => api().people.requests(), 30_000),
  objects: new Resource(() => api().objects(), 10_000),
  folders: new Resource(() => api().folders.list(), 15_000),
  keeping: new Resource(() => api().keeping(), 15_000),
  doctor: new Resource(() => api().doctor(), 20_000),
  devices: new Resource(() => api().devices.list(), 10_000),
  recovery: new Resource(() => api().devices.recovery(), 10_000),
  groups: new Resource(() => api().groups.list(), 15_000),
  chats: new Resource(async () => (await api().chats.list()).chats, 15_000),
  lines: new Resource(() => api().money.lines(), 15_000),
  currencies: new Resource(() => api().money.currencies(), 30_000),
  invoices: new Resource(() => api().money.requests(), 5_000),
  payments: new Resource(() => api().money.payments(), 3_000),
  receipts: new Resource(() => api().money.receipts(), 5_000),
  communities: new Resource(() => api().communities.list(), 10_000),
  rates: new Resource(() => api().money.rates(), 15_000),
  clearing: new Resource(() => api().money.clearing(), 30_000),
  automatic: new Resource(() => api().money.automatic(), 30_000),
};

/** Watches a resource while a component is on the page. */
export function useResource<T>(resource: Resource<T>): Loaded<T> {
  useEffect(() => resource.watch(), [resource]);
  const state: ReadonlySignal<Loaded<T>> = resource.state;
  return state.value;
}

/** After a silence everything may have changed. */
export function invalidateAll(): void {
  for (const resource of Object.values(resources)) resource.invalidate();
}

/** Unread messages of all people and of all groups, as far as that is known. */
export function unreadOf(): { readonly people: number; readonly groups: number } {
  const chats = resources.chats.state.value.data ?? [];
  return {
    people: resources.status.state.value.data?.unreadCount ?? 0,
    groups: chats.reduce((sum, { unread }) => sum + unread, 0),
  };
}
