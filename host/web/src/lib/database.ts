// Larger things that the browser remembers: pictures. One table of names and values.

let opened: Promise<IDBDatabase> | undefined;

function database(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("ablerefusal", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("values");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function run<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | undefined> {
  try {
    const store = (await database()).transaction("values", mode).objectStore("values");
    return await new Promise((resolve, reject) => {
      const request = work(store);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  } catch {
    return undefined; // private window, or full: nothing is remembered
  }
}

export const remember = (name: string, value: unknown) => run("readwrite", (store) => store.put(value, name));
export const recall = (name: string) => run("readonly", (store) => store.get(name) as IDBRequest<unknown>);
export const forget = (name: string) => run("readwrite", (store) => store.delete(name));
