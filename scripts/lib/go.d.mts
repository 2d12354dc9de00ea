/** An environment in which Go fetches from its proxies alone. @throws Error with code ENOENT where there is no Go */
export function goEnvironment(): NodeJS.ProcessEnv;
