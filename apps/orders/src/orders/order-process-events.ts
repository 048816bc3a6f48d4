/** What the data path of orders tells others in this process after a commit. */
export interface OrderProcessEvents {
  'orders.changed': { readonly userIds: readonly string[] }
  /** The relay has something to tell. */
  'outbox.written': { readonly count: number }
}
