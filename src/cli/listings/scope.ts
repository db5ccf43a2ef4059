import { Failure } from '../../core/failure.js';
import { isRemoteStore } from '../../core/store-url.js';
import { endpointOf } from '../../objectstore/endpoint.js';
import type { StoreOptions } from '../../objectstore/options.js';
import type { Registry } from '../../registry/registry.js';
import type { Config } from '../config/schema.js';
import type { JobSpec } from '../job/spec.js';
import type { StoreFlags } from '../wiring/stores.js';

export interface ScopePlan {
  readonly job: string;
  readonly urls: readonly string[];
  readonly settings: StoreOptions;
  /** The endpoint from the command line, which can differ from the configured one. */
  readonly endpointFlag: boolean;
}

/**
 * The name of a scope in this registry. It is unchanged for the endpoint that first used it, so that earlier runs keep
 * their names; a bucket with the same name on another server is the scope `<scope> at <endpoint>`.
 */
export async function scopeAtEndpoint(scope: string, plan: ScopePlan, { scopes }: Registry): Promise<string> {
  const remote = plan.urls.find(isRemoteStore);
  if (remote === undefined) return scope;
  const endpoint = await endpointName(remote, plan.settings);
  const owner = await scopes.endpointOf({ job: plan.job, scope }, endpoint, !plan.endpointFlag);
  return owner === endpoint ? scope : `${scope} at ${endpoint}`;
}

/** The scopes of a job that keeps separate findings per list of URLs, at the endpoint of this run. */
export function ownScopeAt(scope: string, plan: ScopePlan): NonNullable<JobSpec<object>['scopeIn']> {
  return async (registry) => {
    const name = await scopeAtEndpoint(scope, plan, registry);
    return { scope: name, ledgerScope: name };
  };
}

/** Whether the endpoint differs from the configured one. */
export function isOtherEndpoint(flags: StoreFlags, s3: Config['s3']): boolean {
  return flags.endpointUrl !== undefined && flags.endpointUrl !== s3?.endpoint_url;
}

/** Without credentials the run itself will fail; its scope is named with what is known without them. */
async function endpointName(url: string, settings: StoreOptions): Promise<string> {
  try {
    return (await endpointOf(url, settings)).endpoint;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env;
    const named = settings.endpointUrl ?? AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL;
    return named !== undefined && URL.canParse(named) ? new URL(named).origin : 'aws';
  }
}
